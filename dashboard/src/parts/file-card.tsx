// One file of a job: how far it is, what was done to it, what came out.
import type { Artifact, JobFile } from "../api/client";
import { breaks, bytes, percent, plural } from "../words/amounts";
import { faultWord } from "../words/kinds";
import { Bar, toneOf } from "./bar";
import { Gallery } from "./gallery";
import { PlainVideo, SoundPlayer, VideoPlayer } from "./player";
import { Report } from "./report";
import { Status } from "./status";
import { StepList } from "./steps";

const family = (artifact: Artifact) => artifact.media_type.split("/")[0];
const isSegment = (artifact: Artifact) => /\.(m4s|ts|cmfv|cmfa)$|(^|\/)init[^/]*\.mp4$/.test(artifact.name);

function masterOf(artifacts: readonly Artifact[]): Artifact | undefined {
  const lists = artifacts.filter((artifact) => artifact.name.endsWith(".m3u8"));
  return lists.find((artifact) => artifact.name.endsWith("master.m3u8")) ?? lists[0];
}

/** What a person wants to take along: whole videos, sound and documents; not segments, playlists or reports. */
function downloadsOf(artifacts: readonly Artifact[]): Artifact[] {
  return artifacts.filter((artifact) => !isSegment(artifact) && !artifact.name.startsWith("hls/") && !artifact.name.startsWith("dash/")
    && !/(\.m3u8|\.mpd|(^|\/)report(\.min)?\.json)$/.test(artifact.name) && family(artifact) !== "image");
}

function Moving({ file }: { file: JobFile }) {
  const master = masterOf(file.artifacts);
  const videos = file.artifacts.filter((artifact) => family(artifact) === "video" && !isSegment(artifact) && !artifact.name.startsWith("hls/"));
  const sound = file.artifacts.find((artifact) => family(artifact) === "audio" && !isSegment(artifact) && !artifact.name.startsWith("hls/"));
  const poster = file.artifacts.find((artifact) => /(^|\/)poster\.\w+$/.test(artifact.name))?.url;
  const plain = videos[0];
  if (master) return <VideoPlayer master={master.url} fallback={plain?.url} poster={poster} name={file.name} />;
  if (plain) return <PlainVideo url={plain.url} poster={poster} name={file.name} />;
  return sound ? <SoundPlayer url={sound.url} name={file.name} /> : null;
}

function Downloads({ artifacts }: { artifacts: readonly Artifact[] }) {
  if (artifacts.length === 0) return null;
  return (
    <div class="downloads">
      <h4>Downloads</h4>
      <ul>
        {artifacts.map((artifact) => (
          <li key={artifact.name}><a href={artifact.url} download={artifact.name.replaceAll("/", "-")}>{artifact.name}</a> <span class="small">{bytes(artifact.bytes)}</span></li>
        ))}
      </ul>
    </div>
  );
}

function Everything({ artifacts }: { artifacts: readonly Artifact[] }) {
  const total = artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
  return (
    <details class="fold">
      <summary>All results <span class="small">{plural(artifacts.length, "file")}, {bytes(total)}</span></summary>
      <table class="list">
        <thead><tr><th>Name</th><th>Type</th><th class="number">Size</th><th>SHA-256</th></tr></thead>
        <tbody>
          {artifacts.map((artifact) => (
            <tr key={artifact.name}>
              <td class="name"><a href={artifact.url} target="_blank" rel="noopener">{artifact.name}</a></td>
              <td>{artifact.media_type}</td><td class="number">{bytes(artifact.bytes)}</td>
              <td><code title={artifact.sha256}>{artifact.sha256.slice(0, 12)}</code></td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** The steps of a file that was refused or stopped say little, so they are folded away. */
function Steps({ file, now }: { file: JobFile; now: number }) {
  const list = <StepList steps={file.steps} now={now} said={file.error?.message} />;
  if (file.status !== "skipped" && file.status !== "cancelled") return list;
  return <details class="fold"><summary>Steps <span class="small">{plural(file.steps.length, "step")}, not all run</span></summary>{list}</details>;
}

export function FileCard({ file, now }: { file: JobFile; now: number }) {
  const pictures = file.artifacts.filter((artifact) => family(artifact) === "image");
  const report = file.artifacts.find((artifact) => artifact.name === "report.json");
  const ended = file.status !== "pending" && file.status !== "processing";
  return (
    <article class="sheet file" aria-label={file.name} data-testid="file" data-status={file.status}>
      <header>
        <h3 class={breaks(file.name)} title={file.name}>{file.name}</h3>
        <Status status={file.status} />
        <p class="small">{[file.media_type, file.bytes == null ? null : bytes(file.bytes)].filter(Boolean).join(" · ")}</p>
        {!ended && <span class="figure">{percent(file.progress)}</span>}
      </header>
      <Bar label={`Progress of ${file.name}`} value={file.status === "succeeded" ? 1 : file.progress} tone={toneOf(file.status)} testid="file-bar" {...(ended ? { size: "hair" as const } : {})} />
      {file.error && (
        <p class="fault" data-testid="file-error"><b>{faultWord(file.error.fault)}.</b> {file.error.message} <code>{file.error.code}</code></p>
      )}
      <div class={file.artifacts.length > 0 ? "file-body with-results" : "file-body"}>
        {file.artifacts.length > 0 && (
          <div class="results">
            <Moving file={file} />
            {pictures.length > 0 && <Gallery artifacts={pictures} />}
            <Downloads artifacts={downloadsOf(file.artifacts)} />
          </div>
        )}
        {file.steps.length > 0 && <Steps file={file} now={now} />}
      </div>
      {file.artifacts.length > 0 && <Everything artifacts={file.artifacts} />}
      {report && <Report url={report.url} />}
    </article>
  );
}
