// One record on the desk: read, shown, read again.
import { useMemo, useState } from "preact/hooks";
import { byNeed } from "../words/turn";
import { useDesk } from "./desk";
import { Loading, Notice } from "./notice";
import { OpenRecord } from "./open-record";
import { Rereading } from "./rereading";
import type { Review } from "./review-data";

export function RecordDesk({ file, review, home }: { file: string; review: Review; home: string }) {
  const desk = useDesk(file);
  const [again, setAgain] = useState(false);
  const queue = useMemo(() => byNeed(review.records ?? []), [review.records]);
  const { detail, error } = desk;
  if (error?.status === 404) return <Notice tone="empty" title="There is no such record" action={<a href={home}>All records of this review</a>}>Its job may have been deleted, or the document was read again and gave none.</Notice>;
  if (!detail && error) return <Notice tone="error" title="The record could not be read" action={<button type="button" class="button" onClick={() => void desk.reload()}>Try again</button>}>{error.message}</Notice>;
  if (!detail) return <Loading what="the record" rows={6} />;
  // The list is renewed from here on for as long as the job runs, also for a person who does not wait for it on this page.
  const begin = () => {
    setAgain(true);
    review.reload();
  };
  const back = () => void desk.reload().then(() => {
    setAgain(false);
    review.reload();
  });
  return again ? <Rereading job={detail.job_id} onEnd={back} /> : <OpenRecord desk={desk} detail={detail} queue={queue} onSaved={review.replace} onAgain={begin} home={home} />;
}
