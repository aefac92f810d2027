// Records are checked here: the list of them, and one on the desk when the address names it behind `#`.
import { useMemo } from "preact/hooks";
import { Loading, Notice } from "../parts/notice";
import { RecordDesk } from "../parts/record-desk";
import { useReview } from "../parts/review-data";
import { ReviewList } from "../parts/review-list";
import { useMark } from "../router";
import { shortId } from "../words/amounts";
import { about as meaning } from "../words/turn";

export function ReviewPage({ of }: { of: string }) {
  const about = useMemo(() => meaning(of), [of]);
  const file = useMark();
  const review = useReview(about, of);
  const home = location.pathname;
  const only = "jobs" in about && about.jobs.length === 1 ? about.jobs[0] : undefined;
  const { batch, records, without, error } = review;
  if (error?.status === 404 || batch?.total === 0) {
    return <Notice tone="empty" title="There are no such jobs" action={<a href="/jobs">All jobs</a>}>They may have been deleted, or the link is incomplete: <code>{of}</code></Notice>;
  }
  return (
    <>
      <nav class="crumbs" aria-label="Where you are">
        <a href="/jobs">Jobs</a> <span aria-hidden="true">/</span> {only ? <a href={`/jobs/${encodeURIComponent(only)}`}><code>{shortId(only)}</code></a> : <span>{"group" in about ? about.group : `${about.jobs.length} jobs`}</span>}
        {file && <> <span aria-hidden="true">/</span> <a href={home} data-testid="to-list">Review</a></>}
      </nav>
      {error && <Notice tone="error" title="The records could not be read">{error.message} It is tried again every few seconds.</Notice>}
      {file && <RecordDesk key={file} file={file} review={review} home={home} />}
      {!file && !(batch && records) && !error && <Loading what="the records" rows={6} />}
      {!file && batch && records && <ReviewList about={about} home={home} batch={batch} records={records} without={without} />}
    </>
  );
}
