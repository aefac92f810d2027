// Jobs as rows: a table on a wide screen, blocks on a narrow one (by style alone).
import type { JobSummary } from "../api/client";
import { hasEnded } from "../api/live";
import { ago, duration, moment, percent, plural, shortId, span } from "../words/amounts";
import { Bar, toneOf } from "./bar";
import { Status } from "./status";

function countWords({ counts }: JobSummary): string {
  const rest = [[counts.skipped, "skipped"], [counts.failed, "failed"], [counts.cancelled, "cancelled"]] as const;
  return [plural(counts.files, "file"), ...rest.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)].join(", ");
}

function tail(job: JobSummary, now: number): string {
  if (hasEnded(job.status)) return job.started_at ? duration(span(job.started_at, job.ended_at, now)) : "–";
  if (job.waiting_for_files) return "waits for files";
  return job.eta_seconds == null ? (job.phase ?? "–") : `${duration(job.eta_seconds)} left`;
}

function Row({ job, now }: { job: JobSummary; now: number }) {
  const done = job.status === "completed" ? 1 : job.progress;
  return (
    <tr data-testid="job-row" data-status={job.status}>
      <td class="row-id"><a href={`/jobs/${encodeURIComponent(job.id)}`}><code>{shortId(job.id)}</code></a></td>
      <td class="row-what"><b>{job.pipeline}</b> <span class="small">{countWords(job)}{job.group && ` · ${job.group}`}</span></td>
      <td class="row-status"><Status status={job.status} /></td>
      <td class="row-bar"><div class="meter"><Bar label={`Progress of ${shortId(job.id)}`} value={done} tone={toneOf(job.status)} size="thin" /><span class="small figure">{percent(done)}</span></div></td>
      <td class="row-tail small">{tail(job, now)}</td>
      <td class="row-when small"><time dateTime={job.created_at} title={moment(job.created_at)}>{ago(job.created_at, now)}</time></td>
    </tr>
  );
}

export function JobRows({ jobs, now, caption }: { jobs: readonly JobSummary[]; now: number; caption: string }) {
  return (
    <table class="jobs">
      <caption class="unseen">{caption}</caption>
      <thead><tr><th scope="col">Job</th><th scope="col">What</th><th scope="col">Status</th><th scope="col">Progress</th><th scope="col">Time</th><th scope="col">Submitted</th></tr></thead>
      <tbody>{jobs.map((job) => <Row key={job.id} job={job} now={now} />)}</tbody>
    </table>
  );
}
