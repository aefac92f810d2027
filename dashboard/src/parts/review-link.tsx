// From a job to its review, once there is something to review.
import { useEffect, useState } from "preact/hooks";
import type { Job } from "../api/client";
import { hasRecords } from "../api/records";

export function ReviewLink({ job }: { job: Job }) {
  const [has, setHas] = useState(false);
  const { succeeded } = job.counts;
  useEffect(() => {
    if (succeeded > 0) hasRecords({ jobs: [job.id] }).then(setHas, () => undefined);
    else setHas(false);
  }, [job.id, succeeded, job.status]);
  return has ? <a class="button main" href={`/review/${encodeURIComponent(job.id)}`} data-testid="review-link">Review</a> : null;
}
