// One job: how far it is, what may be done with it, its files, and its history.
import { useState } from "preact/hooks";
import { cancelJob, deleteJob, retryJob, type Job } from "../api/client";
import { hasEnded } from "../api/live";
import { Announce } from "../parts/announce";
import { Bar, toneOf } from "../parts/bar";
import { Confirm } from "../parts/confirm";
import { EventLog } from "../parts/event-log";
import { FileCard } from "../parts/file-card";
import { useJob } from "../parts/follow";
import { Messages } from "../parts/messages";
import { Loading, Notice } from "../parts/notice";
import { ReviewLink } from "../parts/review-link";
import { Status } from "../parts/status";
import { useNow } from "../parts/timing";
import { go } from "../router";
import { ago, breaks, duration, moment, percent, plural, shortId, span } from "../words/amounts";
import { faultWord } from "../words/kinds";

type Asked = "cancel" | "retry" | "delete" | null;

export function JobView({ id }: { id: string }) {
  const { job, error, connection, events, refresh } = useJob(id);
  const now = useNow(job !== null && !hasEnded(job.status));
  if (error?.status === 404) {
    return <Notice tone="empty" title="There is no such job" action={<a href="/jobs">All jobs</a>}>It may have been deleted, or the link is incomplete: <code>{id}</code></Notice>;
  }
  if (!job) {
    return error ? <Notice tone="error" title="The job could not be read">{error.message} It is tried again every two seconds.</Notice> : <Loading what="the job" rows={5} />;
  }
  return (
    <>
      <nav class="crumbs" aria-label="Where you are"><a href="/jobs">Jobs</a> <span aria-hidden="true">/</span> <code title={job.id}>{shortId(job.id)}</code></nav>
      <JobHead job={job} now={now} refresh={refresh} />
      {error && <p class="small warn" role="status">The server does not answer at the moment; what you see is from the last time it did.</p>}
      {!error && connection === "polling" && <p class="small warn" role="status">The live stream was lost; the job is read every two seconds instead.</p>}
      <h2 class="unseen">Files</h2>
      {job.files.length === 0 && <Notice tone="empty" title="No files yet">{job.waiting_for_files ? "The job waits for its files to arrive." : "The job has no files."}</Notice>}
      {job.files.map((file) => <FileCard key={file.id} file={file} now={now} />)}
      <Messages job={job} />
      <EventLog job={job} fresh={events} />
    </>
  );
}

function titleOf(job: Job): string {
  const first = job.files[0]?.name;
  if (first === undefined) return job.pipeline;
  return job.files.length === 1 ? first : `${first} and ${plural(job.files.length - 1, "more file", "more files")}`;
}

function JobHead({ job, now, refresh }: { job: Job; now: number; refresh: () => void }) {
  const [asked, setAsked] = useState<Asked>(null);
  const ended = hasEnded(job.status);
  return (
    <header class="job-head">
      <div class="title-row">
        <h1 class={breaks(titleOf(job))} title={titleOf(job)}>{titleOf(job)}</h1>
        <div class="buttons">
          <ReviewLink job={job} />
          {!ended && <button type="button" class="button" onClick={() => setAsked("cancel")} data-testid="cancel">Cancel</button>}
          {ended && <button type="button" class="button" onClick={() => setAsked("retry")} data-testid="retry">Retry</button>}
          {ended && <button type="button" class="button" onClick={() => setAsked("delete")} data-testid="delete">Delete</button>}
        </div>
      </div>
      <div class="overall">
        <Status status={job.status} testid="job-status" />
        <span class="figure">{percent(job.status === "completed" ? 1 : job.progress)}</span>
        <span class="phase">{sentence(job)}</span>
      </div>
      <Bar label="Overall progress" value={job.status === "completed" ? 1 : job.progress} tone={toneOf(job.status)} testid="overall-bar" size="thick" />
      <Announce status={job.status} progress={job.progress} what="Job" />
      <Facts job={job} now={now} />
      {job.error && <p class="fault" role="alert"><b>{faultWord(job.error.fault)}.</b> {job.error.message} <code>{job.error.code}</code></p>}
      <Question asked={asked} job={job} refresh={refresh} onClose={() => setAsked(null)} />
    </header>
  );
}

function sentence(job: Job): string {
  if (job.waiting_for_files) return "Waiting for its files to arrive";
  if (job.status === "pending") return "Waiting for its turn";
  if (!hasEnded(job.status)) {
    return [job.phase, left(job.eta_seconds)].filter(Boolean).join(" · ");
  }
  const { files, succeeded, skipped, failed, cancelled } = job.counts;
  const parts = [[succeeded, "succeeded"], [skipped, "skipped"], [failed, "failed"], [cancelled, "cancelled"]] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(", ");
  return files === 0 ? "" : `${plural(files, "file")}: ${said || "none processed"}`;
}

function left(seconds: number | null | undefined): string | null {
  if (seconds == null) return null;
  return seconds < 1 ? "nearly done" : `about ${duration(Math.round(seconds))} left`;
}

function Facts({ job, now }: { job: Job; now: number }) {
  const took = span(job.started_at, job.ended_at, now);
  return (
    <dl class="facts">
      <div><dt>Pipeline</dt><dd>{job.pipeline}</dd></div>
      <div><dt>Submitted</dt><dd><time dateTime={job.created_at} title={moment(job.created_at)}>{ago(job.created_at, now)}</time></dd></div>
      <div><dt>Waited</dt><dd>{duration(span(job.created_at, job.started_at ?? job.ended_at, now))}</dd></div>
      <div><dt>{hasEnded(job.status) ? "Took" : "Running for"}</dt><dd>{duration(took)}</dd></div>
      <div><dt>Priority</dt><dd>{job.priority}</dd></div>
      {job.group && <div><dt>Group</dt><dd>{job.group}</dd></div>}
    </dl>
  );
}

function Question({ asked, job, refresh, onClose }: { asked: Asked; job: Job; refresh: () => void; onClose: () => void }) {
  const broken = job.counts.failed + job.counts.cancelled > 0;
  const [from, setFrom] = useState(broken ? "failed" : "all");
  if (asked === "cancel") {
    return (
      <Confirm title="Cancel this job?" verb="Cancel the job" grave onClose={onClose} onYes={async () => { await cancelJob(job.id); refresh(); }}>
        Steps that are running are stopped. Results that are already there stay.
      </Confirm>
    );
  }
  if (asked === "retry") {
    return (
      <Confirm title="Run it again?" verb="Retry" onClose={onClose} onYes={async () => { await retryJob(job.id, from); refresh(); }}>
        <label class="field">Start from
          <select value={from} onChange={(event) => setFrom(event.currentTarget.value)}>
            <option value="failed">what failed or was cancelled</option>
            <option value="all">the beginning</option>
            {[...new Set(job.files.flatMap((file) => file.steps.map((step) => step.step)))].map((step) => <option key={step} value={step}>step “{step}”</option>)}
          </select>
        </label>
      </Confirm>
    );
  }
  if (asked === "delete") {
    return (
      <Confirm title="Delete this job?" verb="Delete for good" grave onClose={onClose} onYes={async () => { await deleteJob(job.id); go("/jobs"); }}>
        The job and all its results are removed. This cannot be undone.
      </Confirm>
    );
  }
  return null;
}
