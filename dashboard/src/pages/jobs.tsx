// All jobs: filtered, searched, paged, and kept fresh. The filter lives in the address, so that it can be linked and reloaded.
import { useEffect, useState } from "preact/hooks";
import { listJobs, Refusal, type JobPage } from "../api/client";
import { JobRows } from "../parts/job-rows";
import { Loading, Notice } from "../parts/notice";
import { useEvery, useNow } from "../parts/timing";
import { go } from "../router";

const STATUSES = ["", "processing", "pending", "completed", "failed", "cancelled", "expired"] as const;
const REFRESH_MS = 2500;
const TYPING_MS = 300;
const LIMIT = 25;

export function JobsPage() {
  const given = new URLSearchParams(location.search);
  const [status, setStatus] = useState(given.get("status") ?? "");
  const [typed, setTyped] = useState(given.get("q") ?? "");
  const [q, setQ] = useState(typed);
  const [trail, setTrail] = useState<(string | null)[]>([null]);
  const [page, setPage] = useState<JobPage | null>(null);
  const [error, setError] = useState("");
  const now = useNow(true);
  const cursor = trail.at(-1) ?? null;

  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    const search = new URLSearchParams([["status", status], ["q", q]].filter(([, value]) => value) as [string, string][]).toString();
    setTrail([null]);
    setPage(null);
    if (search !== location.search.slice(1)) go(search ? `/jobs?${search}` : "/jobs", true);
  }, [status, q]);
  useEvery(REFRESH_MS, async (signal) => {
    try {
      setPage(await listJobs({ status, q, cursor, limit: LIMIT }, signal));
      setError("");
    } catch (cause) {
      if (cause instanceof Refusal) setError(cause.message);
    }
  }, [status, q, cursor]);

  const filtered = status !== "" || q !== "";
  return (
    <>
      <div class="title-row"><h1>Jobs</h1><a class="button main" href="/upload">Upload files</a></div>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <fieldset class="chips">
          <legend class="unseen">Status</legend>
          {STATUSES.map((name) => (
            <label key={name} class="chip">
              <input type="radio" name="status" value={name} checked={status === name} onChange={() => setStatus(name)} />
              <span>{name === "" ? "all" : name}</span>
            </label>
          ))}
        </fieldset>
        <label class="search"><span class="unseen">Search by file name, id or group</span>
          <input type="search" placeholder="File name, id or group" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} data-testid="search" />
        </label>
      </form>
      {error && <Notice tone="error" title="The list could not be read">{error}</Notice>}
      {!page && !error && <Loading what="the jobs" rows={6} />}
      {page && page.items.length > 0 && <div class="sheet flush"><JobRows jobs={page.items} now={now} caption="Jobs, newest first" /></div>}
      {page && page.items.length === 0 && (filtered
        ? <Notice tone="empty" title="Nothing matches" action={<button type="button" class="button" onClick={() => { setStatus(""); setTyped(""); setQ(""); }}>Show all jobs</button>}>No job has this status and these words.</Notice>
        : <Notice tone="empty" title="No jobs yet" action={<a class="button main" href="/upload">Upload the first files</a>}>Whatever is uploaded appears here, newest first.</Notice>)}
      {page && (trail.length > 1 || page.next_cursor) && (
        <nav class="pager" aria-label="Pages of jobs">
          <button type="button" class="button" disabled={trail.length === 1} onClick={() => setTrail(trail.slice(0, -1))}>Newer</button>
          <span class="small">Page {trail.length}</span>
          <button type="button" class="button" disabled={!page.next_cursor} onClick={() => setTrail([...trail, page.next_cursor ?? null])} data-testid="older">Older</button>
        </nav>
      )}
    </>
  );
}
