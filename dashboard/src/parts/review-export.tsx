// Records to take away. The links are the browser's own downloads; what lets it in is the cookie of this session, as with results.
import { exportUrl, type About, type Record } from "../api/records";
import { shortId } from "../words/amounts";

const FORMATS = [["csv", "CSV"], ["json", "JSON"], ["parquet", "Parquet"]] as const;
type Part = { name: string; of: { job: string } | { group: string } };

/** One table for a group or a job; several jobs that are no group are a table each. */
function parts(about: About, records: readonly Record[]): Part[] {
  if ("group" in about) return [{ name: "", of: about }];
  const jobs = about.jobs.filter((job) => records.some(({ job_id }) => job_id === job));
  return jobs.map((job) => ({ name: jobs.length > 1 ? shortId(job) : "", of: { job } }));
}

export function ReviewExport({ about, records, main }: { about: About; records: readonly Record[]; main?: boolean }) {
  return (
    <div class="review-export" data-testid="export">
      {!main && <h2>Take away</h2>}
      {parts(about, records).map(({ name, of }) => (
        <p key={name} class="buttons">
          {name && <code>{name}</code>}
          {FORMATS.map(([format, word]) => (
            <a key={format} class={main && format === "csv" ? "button main" : "button"} href={exportUrl(format, of)} download={`records${name && `-${name}`}.${format}`} data-testid={`export-${format}`}>{word}</a>
          ))}
        </p>
      ))}
      <p class="small">All records, corrections in them; the column <code>state</code> says which are accepted.</p>
    </div>
  );
}
