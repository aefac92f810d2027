// The queues: whichever has kept somebody waiting longest stands first. Pausing is one press, and one press undoes it. What lies at
// brokers stands below, as they tell it.
import { useState } from "preact/hooks";
import { Refusal } from "../api/client";
import { listQueues, pauseQueue, type Broker, type Queue } from "../api/operator";
import { Loading, Notice } from "../parts/notice";
import { useEvery } from "../parts/timing";
import { count, duration } from "../words/amounts";

const REFRESH_MS = 2000;
const EVENTS = "upload.events";

const age = (queue: Queue) => queue.oldest_seconds ?? -1;

export function QueuesPage() {
  const [queues, setQueues] = useState<Queue[] | null>(null);
  const [brokers, setBrokers] = useState<Broker[]>([]);
  const [error, setError] = useState("");
  const told = (cause: unknown) => cause instanceof Refusal && setError(cause.message);
  useEvery(REFRESH_MS, async (signal) => {
    try {
      const page = await listQueues(signal);
      setQueues(page.items.filter(({ name }) => name !== EVENTS).sort((a, b) => age(b) - age(a)));
      setBrokers(page.brokers);
      setError("");
    } catch (cause) {
      told(cause);
    }
  });
  const turn = async (queue: Queue) => {
    try {
      const changed = await pauseQueue(queue.name, queue.paused_at == null);
      setQueues((known) => known?.map((one) => (one.name === changed.name ? changed : one)) ?? null);
    } catch (cause) {
      told(cause);
    }
  };
  return (
    <>
      <div class="title-row"><h1>Queues</h1></div>
      {error && <Notice tone="error" title="The queues could not be read">{error}</Notice>}
      {!queues && !error && <Loading what="the queues" rows={5} />}
      {queues && (
        <div class="sheet flush block">
          <table class="cards">
            <caption class="unseen">Queues, the longest waiting first</caption>
            <thead><tr><th>Queue</th><th>Oldest waits</th><th class="number">Ready</th><th class="number">Delayed</th><th class="number">Running</th><th class="number">Dead</th><th><span class="unseen">Action</span></th></tr></thead>
            <tbody>{queues.map((queue) => <Row key={queue.name} queue={queue} onTurn={() => turn(queue)} />)}</tbody>
          </table>
        </div>
      )}
      {brokers.map((broker) => <AtBroker key={broker.server} broker={broker} />)}
    </>
  );
}

const NAMES: Record<string, string> = { rabbitmq: "RabbitMQ", redis: "Redis", sqs: "SQS" };

function AtBroker({ broker }: { broker: Broker }) {
  const name = NAMES[broker.server] ?? broker.server;
  return (
    <section class="block" data-testid="broker" data-server={broker.server}>
      <h2>At {name}</h2>
      {broker.error != null && <Notice tone="error" title={`${name} could not be asked`}>{broker.error}</Notice>}
      {broker.error == null && (
        <div class="sheet flush">
          <table class="cards">
            <caption class="unseen">Queues at {name}</caption>
            <thead><tr><th>Queue</th><th>Oldest waits</th><th class="number">Messages</th><th class="number">Readers</th></tr></thead>
            <tbody>{broker.queues.map((queue) => (
              <tr key={queue.name} data-testid="broker-queue" data-name={queue.name}>
                <td class="card-head"><b>{queue.name}</b></td>
                <td data-label="Oldest waits">{queue.oldest_seconds == null ? "–" : duration(queue.oldest_seconds)}</td>
                <td data-label="Messages" class="number">{count(queue.depth)}</td>
                <td data-label="Readers" class="number">{queue.consumers == null ? "–" : count(queue.consumers)}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ queue, onTurn }: { queue: Queue; onTurn: () => Promise<void> }) {
  const paused = queue.paused_at != null;
  const late = queue.oldest_seconds != null && queue.oldest_seconds > queue.expires_seconds / 2;
  return (
    <tr data-testid="queue" data-name={queue.name} data-paused={paused}>
      <td class="card-head"><b>{queue.name}</b>{paused && <span class="tag">paused</span>}</td>
      <td data-label="Oldest waits" class={late ? "warn" : ""}>{queue.oldest_seconds == null ? "–" : duration(queue.oldest_seconds)}</td>
      <td data-label="Ready" class="number">{count(queue.ready)}</td>
      <td data-label="Delayed" class="number">{count(queue.delayed)}</td>
      <td data-label="Running" class="number">{count(queue.running)}</td>
      <td data-label="Dead" class="number">{queue.dead > 0 ? <a href="/dead">{count(queue.dead)}</a> : 0}</td>
      <td class="card-action"><button type="button" class="button" onClick={onTurn}>{paused ? "Resume" : "Pause"}<span class="unseen"> {queue.name}</span></button></td>
    </tr>
  );
}
