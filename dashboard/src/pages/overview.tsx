// The first page: what the mill has done, what it is doing, and what it can do.
import { useState } from "preact/hooks";
import { health, jobMetrics, listJobs, listPipelines, Refusal, type Health, type JobSummary, type Metrics, type Pipeline } from "../api/client";
import { JobRows } from "../parts/job-rows";
import { Loading, Notice } from "../parts/notice";
import { useEvery, useNow } from "../parts/timing";
import { plural } from "../words/amounts";

const REFRESH_MS = 2500;
const RECENT = 6;

type Seen = { counts: Metrics["data"]["metrics"]; active: JobSummary[]; recent: JobSummary[] };

async function look(signal: AbortSignal): Promise<Seen> {
  const [metrics, processing, pending, newest] = await Promise.all([
    jobMetrics(), listJobs({ status: "processing", limit: 10 }, signal), listJobs({ status: "pending", limit: 5 }, signal), listJobs({ limit: RECENT + 15 }, signal),
  ]);
  const active = [...processing.items, ...pending.items];
  const ids = new Set(active.map((job) => job.id));
  return { counts: metrics.data.metrics, active, recent: newest.items.filter((job) => !ids.has(job.id)).slice(0, RECENT) };
}

export function Overview() {
  const [seen, setSeen] = useState<Seen | null>(null);
  const [state, setState] = useState<Health | null>(null);
  const [pipelines, setPipelines] = useState<Pipeline[]>([]);
  const [error, setError] = useState("");
  const now = useNow(true);
  useEvery(REFRESH_MS, async (signal) => {
    try {
      setSeen(await look(signal));
      setError("");
    } catch (cause) {
      if (cause instanceof Refusal) setError(cause.message);
    }
  });
  useEvery(15_000, async () => {
    setState(await health());
    setPipelines(await listPipelines().catch(() => []));
  });
  return (
    <>
      <div class="title-row"><h1>Overview</h1><a class="button main" href="/upload">Upload files</a></div>
      {error && <Notice tone="error" title="The server does not answer">{error}</Notice>}
      {!seen && !error && <Loading what="the overview" rows={4} />}
      {seen && <Counts counts={seen.counts} />}
      {seen && <JobSection title="In the mill" jobs={seen.active} now={now} empty="Nothing is being processed at the moment." />}
      {seen && <JobSection title="Lately" jobs={seen.recent} now={now} empty="No job has ended yet." />}
      <div class="pair">
        <Pipelines pipelines={pipelines} />
        {state && <Parts state={state} />}
      </div>
    </>
  );
}

function Counts({ counts }: { counts: Seen["counts"] }) {
  const cells = [["processing", counts.processing], ["pending", counts.pending], ["completed", counts.completed], ["failed", counts.failed], ["cancelled", counts.cancelled]] as const;
  return (
    <ul class="counts" aria-label="Jobs by status">
      {cells.map(([name, count]) => <li key={name} class={count > 0 ? name : ""}><a href={`/jobs?status=${name}`}><b>{count.toLocaleString("en")}</b><span>{name}</span></a></li>)}
      <li><a href="/jobs"><b>{counts.total.toLocaleString("en")}</b><span>in all</span></a></li>
    </ul>
  );
}

function JobSection({ title, jobs, now, empty }: { title: string; jobs: JobSummary[]; now: number; empty: string }) {
  return (
    <section class="block">
      <h2>{title}</h2>
      {jobs.length === 0 ? <p class="sheet bare">{empty}</p> : <div class="sheet flush"><JobRows jobs={jobs} now={now} caption={title} /></div>}
    </section>
  );
}

function Pipelines({ pipelines }: { pipelines: Pipeline[] }) {
  if (pipelines.length === 0) return null;
  return (
    <section class="block">
      <h2>Pipelines</h2>
      <ul class="sheet plain">
        {pipelines.map((pipeline) => (
          <li key={pipeline.name}>
            <p><b>{pipeline.name}</b> <span class="small">takes {pipeline.accepts.join(", ") || "anything"} · {plural(pipeline.steps.length, "step")}</span></p>
            {pipeline.about && <p class="small">{pipeline.about}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Parts({ state }: { state: Health }) {
  return (
    <section class="block">
      <h2>Health</h2>
      <ul class="sheet plain health">
        {state.parts.length === 0 && <li>{state.ready ? "The server is ready." : "The server is not ready."}</li>}
        {state.parts.map(([name, status, detail]) => (
          <li key={name}><p><span class={status === "ok" ? "dot ok" : "dot"} aria-hidden="true" /><b>{name}</b> <span class="small">{status}{detail && `: ${detail}`}</span></p></li>
        ))}
      </ul>
    </section>
  );
}
