// The uploads of this page and the jobs made of them, as one figure and lot by lot.
import { useCallback, useState } from "preact/hooks";
import type { Job } from "../api/client";
import type { About } from "../api/records";
import { hasEnded } from "../api/live";
import { leave, pause, resume, type Lot } from "../api/transfers";
import { bytes, percent, plural } from "../words/amounts";
import { secondsLeft, speed, timeLeft } from "../words/pace";
import { isMoving } from "../words/turns";
import { Announce } from "./announce";
import { Bar } from "./bar";
import { useNow } from "./timing";
import { ToReview } from "./to-review";
import { LotRows } from "./upload-rows";

export function UploadProgress({ lots }: { lots: readonly Lot[] }) {
  const [jobs, setJobs] = useState<Record<string, Job>>({});
  const see = useCallback((job: Job) => setJobs((known) => ({ ...known, [job.id]: job })), []);
  const open = lots.filter((lot) => !lot.submitted);
  const accepted = lots.length - open.length;
  const states = open.flatMap((lot) => lot.transfers.map(({ state }) => state));
  const moving = open.some((lot) => lot.submitting) || states.some(isMoving);
  const ended = lots.every(({ submitted }) => submitted && hasEnded(jobs[submitted.id]?.status ?? "pending"));
  const now = useNow(moving);
  return (
    <div class="upload">
      <section class="sheet overall-sheet" aria-label="Overall">
        {open.length > 0 ? <Sending lots={open} moving={moving} now={now} /> : <Overall lots={lots} jobs={jobs} ended={ended} />}
        {accepted === 0 && open.every(({ refusal }) => refusal) && <p class="fault" role="alert"><b>Nothing was accepted.</b> The reason stands below.</p>}
      </section>
      {ended && <ToReview about={aboutOf(lots)} />}
      {lots.map((lot) => <LotRows key={lot.record.key} lot={lot} now={now} onJob={see} />)}
      {(ended || (open.length > 0 && !moving)) && <p><button type="button" class="button" onClick={leave}>Upload more</button></p>}
    </div>
  );
}

/** A group is asked for as one; it is made for these lots alone. */
function aboutOf(lots: readonly Lot[]): About {
  const [group, ...others] = new Set(lots.map(({ record }) => record.group));
  return group && others.length === 0 ? { group } : { jobs: lots.flatMap(({ submitted }) => (submitted ? [submitted.id] : [])) };
}

function Sending({ lots, moving, now }: { lots: readonly Lot[]; moving: boolean; now: number }) {
  const transfers = lots.flatMap((lot) => lot.transfers.map((transfer) => ({ lot, transfer })));
  const total = transfers.reduce((sum, { transfer }) => sum + transfer.kept.size, 0);
  const gone = transfers.reduce((sum, { transfer }) => sum + transfer.bytes, 0);
  const paces = transfers.flatMap(({ transfer }) => (transfer.state === "sending" ? (speed(transfer.samples, now) ?? []) : []));
  const pace = paces.length > 0 ? paces.reduce((sum, one) => sum + one, 0) : null;
  const value = total > 0 ? gone / total : 0;
  const paused = transfers.filter(({ transfer }) => transfer.state === "paused");
  const what = lots.some((lot) => lot.submitting) ? "Handing over" : moving ? "Uploading" : paused.length > 0 ? "Paused" : "Not finished";
  const facts = [`${bytes(gone)} of ${bytes(total)}`, pace === null ? "" : `${bytes(pace)}/s`, pace === null ? "" : timeLeft(secondsLeft(total - gone, pace))];
  const pauseAll = () => transfers.filter(({ transfer }) => isMoving(transfer.state)).forEach(({ transfer }) => pause(transfer));
  const resumeAll = () => paused.forEach(({ lot, transfer }) => void resume(lot, transfer));
  return (
    <>
      <p class="overall"><b>{what}</b><span class="figure">{percent(value)}</span><span class="phase" data-testid="upload-facts">{facts.filter(Boolean).join(" · ")}</span>
        {transfers.some(({ transfer }) => isMoving(transfer.state))
          ? <button type="button" class="quiet overall-action" onClick={pauseAll} data-testid="pause-all">Pause all</button>
          : paused.length > 0 && <button type="button" class="quiet overall-action" onClick={resumeAll} data-testid="resume-all">Resume all</button>}
      </p>
      <Bar label="Upload" value={value} tone={moving ? "active" : "quiet"} size="thick" testid="upload-bar" />
      <Announce what={what} status={moving ? "processing" : what.toLowerCase()} progress={value} />
    </>
  );
}

/** All jobs of this page as one figure, each weighing as many as it has files. */
function Overall({ lots, jobs, ended }: { lots: readonly Lot[]; jobs: Record<string, Job>; ended: boolean }) {
  let files = 0;
  let done = 0;
  let good = 0;
  let bad = 0;
  for (const { transfers, submitted } of lots) {
    const job = submitted ? jobs[submitted.id] : undefined;
    files += transfers.length;
    done += transfers.length * (job && hasEnded(job.status) ? 1 : (job?.progress ?? 0));
    good += job?.counts.succeeded ?? 0;
    bad += (job?.counts.skipped ?? 0) + (job?.counts.failed ?? 0) + (job?.counts.cancelled ?? 0);
  }
  const value = files > 0 ? done / files : 0;
  return (
    <>
      <p class="overall"><b>{ended ? "Done" : "Processing"}</b><span class="figure">{percent(value)}</span><span class="phase">{good} of {plural(files, "file")} done{bad > 0 && `, ${bad} refused or failed`}</span></p>
      <Bar label="Overall progress" value={value} tone={ended ? (good > 0 ? "done" : "failed") : "active"} size="thick" testid="overall-bar" />
      <p class="unseen" role="status" aria-live="polite">{ended ? "Everything has ended" : "Uploaded, processing"}</p>
    </>
  );
}
