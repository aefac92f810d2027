// The files of a submission: as chosen, while sent, and while processed.
import { useEffect } from "preact/hooks";
import type { Job, JobFile, Submitted } from "../api/client";
import { isWhole, submit, type Lot } from "../api/transfers";
import { percent, plural, shortId } from "../words/amounts";
import type { Batch } from "../words/batches";
import { faultWord } from "../words/kinds";
import { Bar, toneOf } from "./bar";
import { useJob } from "./follow";
import { Status } from "./status";
import { TransferRow } from "./transfer-row";
import { Row } from "./upload-row";

export function ChosenRows({ planned, onRemove }: { planned: Batch[]; onRemove: (key: number) => void }) {
  return (
    <ul class="sheet flush rows" aria-label="Chosen files">
      {planned.flatMap((batch) => batch.entries.map(({ key, file, kind, warning }) => (
        <Row key={key} name={file.name} size={file.size} kind={kind} below={warning && <p class="warn small">{warning}</p>}>
          <span class="small to">
            {batch.pipeline}{" "}
            <button type="button" class="quiet" aria-label={`Remove ${file.name}`} onClick={() => onRemove(key)}>Remove</button>
          </span>
        </Row>
      )))}
    </ul>
  );
}

/** The files of one job to be; once the job is made, the same files as it works on them. */
export function LotRows({ lot, now, onJob }: { lot: Lot; now: number; onJob: (job: Job) => void }) {
  const { record, transfers, submitted, refusal } = lot;
  return (
    <section class="block" aria-label={`Job for ${record.pipeline}`}>
      <h2 class="batch-title">{record.pipeline}
        {submitted && <a class="small" href={`/jobs/${submitted.id}`} data-testid="job-link">{shortId(submitted.id)} – open the job</a>}
      </h2>
      {refusal && <p class="fault" role="alert" data-testid="refusal"><b>Refused.</b> {refusal.message} <code>{refusal.code}</code></p>}
      {submitted ? <LiveRows lot={lot} submitted={submitted} onJob={onJob} /> : (
        <ul class="sheet flush rows">{transfers.map((transfer) => <TransferRow key={transfer.place} lot={lot} transfer={transfer} now={now} />)}</ul>
      )}
      {!submitted && !lot.submitting && !lot.elsewhere && isWhole(lot) && (
        <p class="lot-action">
          <button type="button" class="button main" onClick={() => void submit(lot)} data-testid="submit-lot">{refusal ? "Try again" : "Start the job"}</button>
          <span class="small">{plural(transfers.length, "file is", "files are")} at the server in full.</span>
        </p>
      )}
    </section>
  );
}

/** The server answers with the files in the order in which the job names them, each with its id. */
function LiveRows({ lot, submitted, onJob }: { lot: Lot; submitted: Submitted; onJob: (job: Job) => void }) {
  const { job } = useJob(submitted.id);
  useEffect(() => {
    if (job) onJob(job);
  }, [job]);
  const files = new Map(job?.files.map((file) => [file.id, file]));
  return (
    <ul class="sheet flush rows">
      {lot.transfers.map(({ place, kept }, index) => {
        const file = files.get(submitted.files[index]?.id ?? "");
        return <Row key={place} name={kept.name} size={kept.size} below={file?.error && <FileFault error={file.error} />}><Processing name={kept.name} file={file} /></Row>;
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
