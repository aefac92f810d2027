// The job of a record that is read again: how far it is, and then back to the record.
import { useEffect } from "preact/hooks";
import { hasEnded } from "../api/live";
import { percent } from "../words/amounts";
import { Bar, toneOf } from "./bar";
import { useJob } from "./follow";

export function Rereading({ job: id, onEnd }: { job: string; onEnd: () => void }) {
  const { job, error } = useJob(id);
  // A job that is gone reads nothing any more; the record then says for itself whether it is there.
  const ended = error?.status === 404 || (job !== null && hasEnded(job.status));
  useEffect(() => {
    if (ended) onEnd();
  }, [ended]);
  return (
    <section class="sheet overall-sheet review-sheet" aria-label="Reading again" data-testid="rereading">
      <p class="overall"><b>Reading again</b><span class="figure">{percent(job?.progress ?? 0)}</span>{!error && <span class="phase">{job?.phase ?? "Waiting for its turn"}</span>}</p>
      <Bar label="Reading again" value={job?.progress ?? 0} tone={toneOf(job?.status ?? "processing")} size="thick" />
      {error && !ended && <p class="fault" role="alert">{error.message} It is tried again every two seconds.</p>}
      <p class="small">The record is shown again when this has ended. <a href={`/jobs/${encodeURIComponent(id)}`}>Open the job</a></p>
    </section>
  );
}
