// The job's history, one line an event. Collapsed at first; read from the server when opened, then kept up by the live stream.
import { useEffect, useState } from "preact/hooks";
import { eventPage, Refusal, type Job, type JobEvent } from "../api/client";
import { percent } from "../words/amounts";
import { Notice } from "./notice";

const PAGES_AT_MOST = 20;
const SHOWN_AT_MOST = 400;

async function readAll(id: string): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  let after = 0;
  for (let page = 0; page < PAGES_AT_MOST; page += 1) {
    const { items, next_after } = await eventPage(id, after);
    events.push(...items);
    if (items.length === 0 || next_after <= after) break;
    after = next_after;
  }
  return events;
}

function words(event: JobEvent): string {
  const parts: string[] = [];
  if (event.step) parts.push(event.step);
  if (event.attempt !== undefined && event.attempt > 1) parts.push(`attempt ${event.attempt}`);
  if (event.progress !== undefined) parts.push(percent(event.progress));
  if (event.state ?? event.status) parts.push(event.state ?? event.status ?? "");
  if (event.phase) parts.push(event.phase);
  if (event.error) parts.push(`${event.error.message} (${event.error.code})`);
  return parts.join(" · ");
}

function Lines({ job, events }: { job: Job; events: readonly JobEvent[] }) {
  const names = new Map(job.files.map((file) => [file.id, file.name]));
  return (
    <ol class="log">
      {events.slice(-SHOWN_AT_MOST).map((event) => (
        <li key={event.seq}>
          <time dateTime={event.at}>{new Date(event.at).toLocaleTimeString(undefined, { hour12: false })}</time>
          <code>{event.kind}</code>
          <span>{event.file_id && job.files.length > 1 && <i>{names.get(event.file_id) ?? event.file_id} </i>}{words(event)}</span>
        </li>
      ))}
    </ol>
  );
}

export function EventLog({ job, fresh }: { job: Job; fresh: readonly JobEvent[] }) {
  const [open, setOpen] = useState(false);
  const [past, setPast] = useState<JobEvent[]>([]);
  const [error, setError] = useState("");
  useEffect(() => {
    if (!open) return;
    readAll(job.id).then(setPast, (cause: unknown) => setError(cause instanceof Refusal ? cause.message : "The events could not be read."));
  }, [open, job.id, job.status]);
  const last = past.at(-1)?.seq ?? 0;
  const events = [...past, ...fresh.filter((event) => event.seq != null && event.seq > last)];
  return (
    <details class="fold sheet" onToggle={(event) => setOpen(event.currentTarget.open)} data-testid="event-log">
      <summary>Event log</summary>
      {open && (error ? <Notice tone="error" title="No events">{error}</Notice> : <Lines job={job} events={events} />)}
    </details>
  );
}
