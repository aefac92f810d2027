// The worker processes: what each has room for, what it does, and when it was last heard of.
import { useState } from "preact/hooks";
import { Refusal } from "../api/client";
import { listWorkers, type Worker } from "../api/operator";
import { Loading, Notice } from "../parts/notice";
import { useEvery, useNow } from "../parts/timing";
import { ago, count, duration, moment } from "../words/amounts";

const REFRESH_MS = 2000;

const stateOf = (worker: Worker) => (!worker.alive ? "gone" : worker.draining ? "draining" : "alive");
const slotsOf = (worker: Worker) => Object.entries(worker.slots).map(([name, slots]) => `${slots} ${name}`).join(" · ");

export function WorkersPage() {
  const [workers, setWorkers] = useState<Worker[] | null>(null);
  const [error, setError] = useState("");
  const now = useNow(true);
  useEvery(REFRESH_MS, async (signal) => {
    try {
      setWorkers((await listWorkers(signal)).sort((a, b) => Number(b.alive) - Number(a.alive)));
      setError("");
    } catch (cause) {
      if (cause instanceof Refusal) setError(cause.message);
    }
  });
  return (
    <>
      <div class="title-row"><h1>Workers</h1></div>
      {error && <Notice tone="error" title="The workers could not be read">{error}</Notice>}
      {!workers && !error && <Loading what="the workers" rows={3} />}
      {workers?.length === 0 && <Notice tone="empty" title="Nobody works">Jobs are taken in and wait. Start a worker, or a server that works too.</Notice>}
      {workers && workers.length > 0 && (
        <div class="sheet flush block">
          <table class="cards">
            <caption class="unseen">Workers that were heard of lately</caption>
            <thead><tr><th>Worker</th><th>State</th><th class="number">Running</th><th>Slots</th><th>Lease renewed</th><th>Started</th><th>Version</th></tr></thead>
            <tbody>{workers.map((worker) => <Row key={worker.id} worker={worker} now={now} />)}</tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Row({ worker, now }: { worker: Worker; now: number }) {
  const state = stateOf(worker);
  return (
    <tr data-testid="worker" data-state={state}>
      <td class="card-head"><b title={worker.id}>{worker.name || worker.id}</b></td>
      <td data-label="State"><span><span class={state === "alive" ? "dot ok" : "dot"} aria-hidden="true" />{state}</span></td>
      <td data-label="Running" class="number">{count(worker.running)}</td>
      <td data-label="Slots" class="small">{slotsOf(worker)}</td>
      <td data-label="Lease renewed" class="small figure">{duration(worker.seen_seconds)} ago</td>
      <td data-label="Started" class="small"><time dateTime={worker.started_at} title={moment(worker.started_at)}>{ago(worker.started_at, now)}</time></td>
      <td data-label="Version" class="small">{worker.version}</td>
    </tr>
  );
}
