// Pictures among a file's results: a grid of thumbnails with their size in pixels and bytes.
import { useState } from "preact/hooks";
import type { Artifact } from "../api/client";
import { bytes } from "../words/amounts";

function Picture({ artifact }: { artifact: Artifact }) {
  const [size, setSize] = useState("");
  const [broken, setBroken] = useState(false);
  return (
    <li>
      <a href={artifact.url} target="_blank" rel="noopener">
        <span class="mat">
          {broken ? <span class="unshown">This browser cannot show it</span> : (
            <img src={artifact.url} alt={artifact.name} loading="lazy" decoding="async" data-testid="artifact-image"
              onLoad={(event) => setSize(`${event.currentTarget.naturalWidth} × ${event.currentTarget.naturalHeight}`)} onError={() => setBroken(true)} />
          )}
        </span>
        <span class="caption" title={artifact.name}>{artifact.name}</span>
      </a>
      <span class="small">{size && `${size} · `}{bytes(artifact.bytes)}</span>
    </li>
  );
}

export function Gallery({ artifacts }: { artifacts: readonly Artifact[] }) {
  return <ul class="gallery">{artifacts.map((artifact) => <Picture key={artifact.name} artifact={artifact} />)}</ul>;
}
