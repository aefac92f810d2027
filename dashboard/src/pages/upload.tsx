// Choose files, send them, and watch them being processed in the same place.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { listPipelines, Refusal, submit, type Job, type Pipeline, type Submitted } from "../api/client";
import { hasEnded } from "../api/live";
import { Bar } from "../parts/bar";
import { DropZone } from "../parts/drop-zone";
import { Loading, Notice } from "../parts/notice";
import { BatchRows, ChosenRows } from "../parts/upload-rows";
import { useEvery } from "../parts/timing";
import { bytes, percent, plural } from "../words/amounts";
import { batches, BY_TYPE, chosen, type Batch, type Chosen } from "../words/batches";

export type Sent = { batch: Batch; bytes: number; submitted: Submitted | null; refusal: Refusal | null };

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function UploadPage() {
  const [pipelines, setPipelines] = useState<Pipeline[] | null>(null);
  const [error, setError] = useState("");
  const [run, setRun] = useState(0);
  useEvery(5000, async () => {
    if (pipelines) return;
    await listPipelines().then((known) => {
      setPipelines(known);
      setError("");
    }, (cause: unknown) => setError(cause instanceof Refusal ? cause.message : "The list of pipelines could not be read."));
  });
  return (
    <>
      <h1>Upload</h1>
      {error && <Notice tone="error" title="Nothing can be uploaded at the moment">{error}</Notice>}
      {!pipelines && !error && <Loading what="the pipelines" rows={2} />}
      {pipelines && <Submission key={run} pipelines={pipelines} onAgain={() => setRun(run + 1)} />}
    </>
  );
}

/** From the choice of files to the end of the last job; a new one begins from nothing. */
function Submission({ pipelines, onAgain }: { pipelines: Pipeline[]; onAgain: () => void }) {
  const [files, setFiles] = useState<Chosen[]>([]);
  const [choice, setChoice] = useState(BY_TYPE);
  const [priority, setPriority] = useState("normal");
  const [sent, setSent] = useState<Sent[] | null>(null);
  const counter = useRef(0);
  const planned = batches(files, pipelines, choice);

  const add = (more: readonly File[]) => setFiles((known) => [...known, ...more.map((file) => chosen(file, (counter.current += 1)))]);
  const start = async (event: Event) => {
    event.preventDefault();
    const plan: Sent[] = planned.map((batch) => ({ batch, bytes: 0, submitted: null, refusal: null }));
    setSent(plan);
    const group = plan.length > 1 ? { group: `upload-${random().slice(0, 8)}` } : {};
    for (const [index, { batch }] of plan.entries()) await sendOne(batch, { pipeline: batch.pipeline, priority, ...group }, index, setSent);
  };

  if (sent) return <Progress sent={sent} onAgain={onAgain} />;
  const total = files.reduce((sum, entry) => sum + entry.file.size, 0);
  return (
    <form onSubmit={start} class="upload">
      <DropZone onFiles={add} small={files.length > 0} />
      {files.length > 0 && <ChosenRows planned={planned} onRemove={(key) => setFiles(files.filter((entry) => entry.key !== key))} />}
      <div class="upload-controls">
        <label class="field">Pipeline
          <select data-testid="pipeline-select" value={choice} onChange={(event) => setChoice(event.currentTarget.value)}>
            <option value={BY_TYPE}>by type of file{files.length > 0 ? `: ${planned.map((batch) => batch.pipeline).join(" + ")}` : ""}</option>
            {pipelines.map((pipeline) => <option key={pipeline.name} value={pipeline.name}>{pipeline.name}</option>)}
          </select>
        </label>
        <label class="field">Priority
          <select value={priority} onChange={(event) => setPriority(event.currentTarget.value)}>
            <option>high</option><option>normal</option><option>low</option>
          </select>
        </label>
        <button type="submit" class="button main" disabled={files.length === 0} data-testid="submit">
          {files.length === 0 ? "Start" : `Start ${plural(files.length, "file")}, ${bytes(total)}`}
        </button>
      </div>
      {planned.length > 1 && <p class="small">The files are of several types, so they become {planned.length} jobs in one group: {planned.map((batch) => `${batch.pipeline} (${batch.entries.length})`).join(", ")}.</p>}
    </form>
  );
}

async function sendOne(batch: Batch, request: Record<string, unknown>, index: number, setSent: (change: (known: Sent[] | null) => Sent[] | null) => void): Promise<void> {
  const update = (part: Partial<Sent>) => setSent((known) => known?.map((one, at) => (at === index ? { ...one, ...part } : one)) ?? null);
  const size = batch.entries.reduce((sum, entry) => sum + entry.file.size, 0);
  // The body is a little longer than the files in it; the difference is spread, so that all of it sent means 100 %.
  const sending = submit(request, batch.entries.map((entry) => entry.file), random(), (loaded, total) => update({ bytes: total > 0 ? (loaded / total) * size : 0 }));
  await sending.done.then(
    (submitted) => update({ submitted, bytes: size }),
    (cause: unknown) => update({ refusal: cause instanceof Refusal ? cause : new Refusal(0, "unreadable", "The answer could not be read.") }),
  );
}

function Progress({ sent, onAgain }: { sent: Sent[]; onAgain: () => void }) {
  const [jobs, setJobs] = useState<Record<string, Job>>({});
  const see = useCallback((job: Job) => setJobs((known) => ({ ...known, [job.id]: job })), []);
  const sending = sent.some((one) => !one.submitted && !one.refusal);
  const accepted = sent.filter((one) => one.submitted);
  useEffect(() => {
    if (!sending) return;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", hold);
    return () => removeEventListener("beforeunload", hold);
  }, [sending]);
  const seen = accepted.map((one) => (one.submitted ? jobs[one.submitted.id] : undefined));
  const ended = !sending && seen.every((job) => job !== undefined && hasEnded(job.status));
  return (
    <div class="upload">
      <section class="sheet overall-sheet" aria-label="Overall">
        {sending ? <Sending sent={sent} /> : accepted.length > 0 && <Overall sent={sent} jobs={jobs} ended={ended} />}
        {!sending && accepted.length === 0 && <p class="fault" role="alert"><b>Nothing was accepted.</b> The reason stands below.</p>}
        <p class="unseen" role="status" aria-live="polite">{sending ? "Uploading" : ended ? "Everything has ended" : "Uploaded, processing"}</p>
      </section>
      {sent.map((one) => <BatchRows key={one.batch.pipeline} sent={one} onJob={see} />)}
      {(ended || (!sending && accepted.length === 0)) && <p><button type="button" class="button" onClick={onAgain}>Upload more</button></p>}
    </div>
  );
}

function Sending({ sent }: { sent: Sent[] }) {
  const total = sent.reduce((sum, one) => sum + one.batch.entries.reduce((inner, entry) => inner + entry.file.size, 0), 0);
  const gone = sent.reduce((sum, one) => sum + one.bytes, 0);
  const value = total > 0 ? gone / total : 0;
  return (
    <>
      <p class="overall"><b>Uploading</b><span class="figure">{percent(value)}</span><span class="phase">{bytes(gone)} of {bytes(total)}</span></p>
      <Bar label="Upload" value={value} tone="active" size="thick" testid="upload-bar" />
    </>
  );
}

/** All jobs of this submission as one figure, each weighing as many as it has files. */
function Overall({ sent, jobs, ended }: { sent: Sent[]; jobs: Record<string, Job>; ended: boolean }) {
  let files = 0;
  let done = 0;
  let good = 0;
  let bad = 0;
  for (const { batch, submitted } of sent) {
    const job = submitted ? jobs[submitted.id] : undefined;
    if (!submitted) continue;
    files += batch.entries.length;
    done += batch.entries.length * (job && hasEnded(job.status) ? 1 : (job?.progress ?? 0));
    good += job?.counts.succeeded ?? 0;
    bad += (job?.counts.skipped ?? 0) + (job?.counts.failed ?? 0) + (job?.counts.cancelled ?? 0);
  }
  const value = files > 0 ? done / files : 0;
  return (
    <>
      <p class="overall"><b>{ended ? "Done" : "Processing"}</b><span class="figure">{percent(value)}</span><span class="phase">{good} of {plural(files, "file")} done{bad > 0 && `, ${bad} refused or failed`}</span></p>
      <Bar label="Overall progress" value={value} tone={ended ? (good > 0 ? "done" : "failed") : "active"} size="thick" testid="overall-bar" />
    </>
  );
}
