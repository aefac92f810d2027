// Shows a report.json as a tree that opens and closes. Read only when asked for.
import { useEffect, useState } from "preact/hooks";
import { readJson, Refusal } from "../api/client";
import { Loading, Notice } from "./notice";

const isBranch = (value: unknown): value is object => typeof value === "object" && value !== null;

function summary(value: object): string {
  if (Array.isArray(value)) return value.length === 1 ? "1 entry" : `${value.length} entries`;
  const keys = Object.keys(value);
  return keys.length === 0 ? "nothing" : keys.slice(0, 4).join(", ") + (keys.length > 4 ? ", …" : "");
}

function Leaf({ value }: { value: unknown }) {
  const kind = value === null ? "null" : typeof value;
  return <span class={`leaf ${kind}`}>{typeof value === "string" ? value : String(value)}</span>;
}

function Branch({ value, depth }: { value: object; depth: number }) {
  return (
    <ul>
      {Object.entries(value).map(([key, inner]: [string, unknown]) => (
        <li key={key}>
          {isBranch(inner) && Object.keys(inner).length > 0 ? (
            <details open={depth < 1 && !Array.isArray(inner)}>
              <summary><b>{key}</b> <span class="small">{summary(inner)}</span></summary>
              <Branch value={inner} depth={depth + 1} />
            </details>
          ) : <><b>{key}</b> {isBranch(inner) ? <span class="small">{Array.isArray(inner) ? "none" : "nothing"}</span> : <Leaf value={inner} />}</>}
        </li>
      ))}
    </ul>
  );
}

function Tree({ url }: { url: string }) {
  const [report, setReport] = useState<unknown>();
  const [error, setError] = useState("");
  useEffect(() => {
    readJson(url).then(setReport, (cause: unknown) => setError(cause instanceof Refusal ? cause.message : "It is not valid JSON."));
  }, [url]);
  if (error) return <Notice tone="error" title="The report could not be read">{error}</Notice>;
  if (report === undefined) return <Loading what="the report" />;
  return <div class="tree">{isBranch(report) ? <Branch value={report} depth={0} /> : <Leaf value={report} />}</div>;
}

export function Report({ url }: { url: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="fold" onToggle={(event) => setOpen(event.currentTarget.open)} data-testid="report">
      <summary>Report</summary>
      {open && <><Tree url={url} /><p class="small"><a href={url} target="_blank" rel="noopener">Open report.json</a></p></>}
    </details>
  );
}
