// The records of a review, those that need a person most first; and the documents that gave none.
import { useEffect, useRef } from "preact/hooks";
import type { About, Batch, Record, Without } from "../api/records";
import { breaks, percent, plural, shortId } from "../words/amounts";
import { faultWord } from "../words/kinds";
import { byNeed, doubtWords, standing } from "../words/turn";
import { SURE } from "../words/fields";
import { Bar } from "./bar";
import { Notice } from "./notice";
import { Reviewer } from "./reviewer";
import { ReviewExport } from "./review-export";
import { Status } from "./status";

type Props = { about: About; home: string; batch: Batch; records: readonly Record[]; without: readonly Without[] };

export function ReviewList({ about, home, batch, records, without }: Props) {
  const queue = byNeed(records);
  const next = queue.find(({ state }) => state === "open");
  return (
    <>
      <div class="title-row">
        <div><h1>Review</h1><p class="small" data-testid="standing">{records.length === 0 ? (batch.done ? "No records" : "No records yet") : `${plural(records.length, "record")}: ${standing(records)}`}</p></div>
        {next && <Start href={`${home}#${next.file_id}`} begun={queue.some(({ reviewed_at }) => reviewed_at)} />}
      </div>
      {!batch.done && <Running batch={batch} />}
      {records.length > 0 && !next && batch.done && <AllDone about={about} records={records} />}
      {records.length === 0 && batch.done && <Notice tone="empty" title="There is nothing to review">None of these jobs made a record of its documents.</Notice>}
      {records.length > 0 && <div class="sheet flush review-sheet"><Table queue={queue} home={home} /></div>}
      {without.length > 0 && batch.done && <WithoutRecord without={without} />}
      {next && records.length > 0 && <ReviewExport about={about} records={records} />}
      {records.length > 0 && <Reviewer />}
    </>
  );
}

/** It has the focus at once, so that Enter begins. */
function Start({ href, begun }: { href: string; begun: boolean }) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => link.current?.focus({ preventScroll: true }), []);
  return <a ref={link} class="button main" href={href} data-testid="start">{begun ? "Go on reviewing" : "Begin to review"}</a>;
}

function Running({ batch }: { batch: Batch }) {
  const value = batch.jobs.reduce((sum, { progress }) => sum + progress, 0) / Math.max(1, batch.total);
  return (
    <section class="sheet review-sheet" aria-label="Still processing">
      <p class="overall"><b>Still processing</b><span class="figure">{percent(value)}</span><span class="phase">{batch.ended} of {plural(batch.total, "job")} ended</span></p>
      <Bar label="Progress of the jobs" value={value} tone="active" size="thick" />
    </section>
  );
}

function AllDone({ about, records }: { about: About; records: readonly Record[] }) {
  const section = useRef<HTMLElement>(null);
  useEffect(() => section.current?.focus({ preventScroll: true }), []);
  return (
    <section class="sheet review-sheet all-done" aria-label="All done" tabIndex={-1} ref={section} data-testid="all-done">
      <h2><Status status="accepted" /> Everything is reviewed</h2>
      <p>{standing(records)}.</p>
      <ReviewExport about={about} records={records} main />
    </section>
  );
}

function Table({ queue, home }: { queue: readonly Record[]; home: string }) {
  return (
    <table class="jobs records">
      <caption class="unseen">Records, those that need a person most first</caption>
      <thead><tr><th scope="col">Document</th><th scope="col">Schema</th><th scope="col">Doubts</th><th scope="col">Least sure</th><th scope="col">State</th></tr></thead>
      <tbody>
        {queue.map((record) => (
          <tr key={record.file_id} data-testid="record-row" data-state={record.state} data-name={record.name}>
            <td class="row-what"><a class={`cover ${breaks(record.name)}`} href={`${home}#${record.file_id}`}>{record.name}</a></td>
            <td class="row-schema small">{record.schema}</td>
            <td class={`row-doubts ${record.doubts > 0 && record.state === "open" ? "some" : ""}`}>{doubtWords(record.doubts)}</td>
            <td class="row-bar"><div class="meter"><Bar label={`How sure the least sure value of ${record.name} is`} value={record.confidence} tone={record.confidence < SURE ? "unsure" : "done"} size="thin" /><span class="small figure">{percent(record.confidence)}</span></div></td>
            <td class="row-status"><Status status={record.state} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function WithoutRecord({ without }: { without: readonly Without[] }) {
  return (
    <section class="block" aria-label="Documents without a record" data-testid="without">
      <h2>{plural(without.length, "document")} without a record</h2>
      <ul class="sheet plain">
        {without.map(({ job, file }) => (
          <li key={file.id} class="without">
            <span class={breaks(file.name)}><b>{file.name}</b></span> <Status status={file.status} />
            <a class="small" href={`/jobs/${encodeURIComponent(job)}`}>{shortId(job)}</a>
            <p class="small">{file.error ? <><b>{faultWord(file.error.fault)}.</b> {file.error.message} <code>{file.error.code}</code></> : "It was processed, but no record of it was written."}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
