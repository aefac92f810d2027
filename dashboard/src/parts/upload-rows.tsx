// Files on their way in: as chosen, while sent, and while processed, always as the same kind of row.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Job, JobFile } from "../api/client";
import type { Sent } from "../pages/upload";
import { bytes, percent, shortId } from "../words/amounts";
import { sentOf, type Batch, type Entry } from "../words/batches";
import { faultWord } from "../words/kinds";
import { Bar, toneOf } from "./bar";
import { useJob } from "./follow";
import { Status } from "./status";

function Row({ entry, children, below }: { entry: Entry; children?: ComponentChildren; below?: ComponentChildren }) {
  return (
    <li class="upload-row">
      <span class={`kind ${entry.kind}`} aria-hidden="true">{entry.kind === "unknown" ? "?" : entry.kind === "document" ? "doc" : entry.kind}</span>
      <span class="name" title={entry.file.name}>{entry.file.name}</span>
      <span class="small size">{bytes(entry.file.size)}</span>
      {children}
      {below}
    </li>
  );
}

export function ChosenRows({ planned, onRemove }: { planned: Batch[]; onRemove: (key: number) => void }) {
  return (
    <ul class="sheet flush rows" aria-label="Chosen files">
      {planned.flatMap((batch) => batch.entries.map((entry) => (
        <Row key={entry.key} entry={entry} below={entry.warning && <p class="warn small">{entry.warning}</p>}>
          <span class="small to">
            {batch.pipeline}{" "}
            <button type="button" class="quiet" aria-label={`Remove ${entry.file.name}`} onClick={() => onRemove(entry.key)}>Remove</button>
          </span>
        </Row>
      )))}
    </ul>
  );
}

export function BatchRows({ sent, onJob }: { sent: Sent; onJob: (job: Job) => void }) {
  const { batch, submitted, refusal } = sent;
  return (
    <section class="block" aria-label={`Job for ${batch.pipeline}`}>
      <h2 class="batch-title">{batch.pipeline}
        {submitted && <a class="small" href={`/jobs/${submitted.id}`} data-testid="job-link">{shortId(submitted.id)} – open the job</a>}
      </h2>
      {refusal && <p class="fault" role="alert" data-testid="refusal"><b>Refused.</b> {refusal.message} <code>{refusal.code}</code></p>}
      {submitted ? <LiveRows sent={sent} id={submitted.id} onJob={onJob} /> : (
        <ul class="sheet flush rows">
          {batch.entries.map((entry, index) => (
            <Row key={entry.key} entry={entry}>
              {refusal ? <Status status="failed" /> : <Uploading name={entry.file.name} value={sentOf(batch, index, sent.bytes)} />}
            </Row>
          ))}
        </ul>
      )}
    </section>
  );
}

function Uploading({ name, value }: { name: string; value: number }) {
  return (
    <>
      <span class="small to">{value < 1 ? `uploading ${percent(value)}` : "uploaded"}</span>
      <Bar label={`Upload of ${name}`} value={value} tone="quiet" testid="file-bar" />
    </>
  );
}

/** The server answers with the files in the order sent, each with its id. */
function LiveRows({ sent, id, onJob }: { sent: Sent; id: string; onJob: (job: Job) => void }) {
  const { job } = useJob(id);
  useEffect(() => {
    if (job) onJob(job);
  }, [job]);
  const files = new Map(job?.files.map((file) => [file.id, file]));
  return (
    <ul class="sheet flush rows">
      {sent.batch.entries.map((entry, index) => {
        const file = files.get(sent.submitted?.files[index]?.id ?? "");
        return <Row key={entry.key} entry={entry} below={file?.error && <FileFault error={file.error} />}><Processing name={entry.file.name} file={file} /></Row>;
      })}
    </ul>
  );
}

function Processing({ name, file }: { name: string; file: JobFile | undefined }) {
  const status = file?.status ?? "pending";
  const value = status === "succeeded" ? 1 : (file?.progress ?? 0);
  return (
    <>
      {status === "processing" ? <span class="small to">{file?.phase ?? "processing"} · {percent(value)}</span> : <Status status={status} />}
      <Bar label={`Progress of ${name}`} value={value} tone={toneOf(status)} testid="file-bar" />
    </>
  );
}

function FileFault({ error }: { error: NonNullable<JobFile["error"]> }) {
  return <p class="fault" data-testid="file-error"><b>{faultWord(error.fault)}.</b> {error.message} <code>{error.code}</code></p>;
}
