// What people are told of a job: each mail and webhook, and whether it has arrived. Nothing is shown when nobody is told.
import { useState } from "preact/hooks";
import { jobMessages, type Job, type JobMessage } from "../api/client";
import { duration, moment, plural } from "../words/amounts";
import { useEvery, useNow } from "./timing";

const REFRESH_MS = 3000;

const toneOf = { delivered: "dot ok", open: "dot wait", given_up: "dot" } as const;
const wordOf = { delivered: "delivered", open: "on its way", given_up: "given up" } as const;

export function Messages({ job }: { job: Job }) {
  const [messages, setMessages] = useState<JobMessage[]>([]);
  const now = useNow(messages.some((message) => message.state === "open"));
  useEvery(REFRESH_MS, async () => {
    // Of a job that is deleted meanwhile the page itself tells.
    setMessages(await jobMessages(job.id).catch(() => messages));
  });
  if (messages.length === 0) return null;
  return (
    <section class="block" data-testid="messages">
      <h2>Told</h2>
      <div class="sheet flush">
        <table class="cards">
          <caption class="unseen">Mails and webhooks about this job</caption>
          <thead><tr><th>To</th><th>By</th><th>Of</th><th>State</th><th>Tries</th></tr></thead>
          <tbody>{messages.map((message) => <Row key={message.id} message={message} now={now} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ message, now }: { message: JobMessage; now: number }) {
  return (
    <tr data-testid="message" data-state={message.state}>
      <td class="card-head"><b title={message.id}>{message.receiver}</b></td>
      <td data-label="By">{message.kind}</td>
      <td data-label="Of"><code>{message.event}</code></td>
      <td data-label="State">
        <span>
          <span class={toneOf[message.state]} aria-hidden="true" />{wordOf[message.state]}
          {message.error && <span class="small warn"> {message.error}</span>}
        </span>
      </td>
      <td data-label="Tries" class="small">
        <span>
          {plural(message.tries, "try", "tries")}
          {message.next_at && message.tries > 0 && <>, next in <time dateTime={message.next_at} title={moment(message.next_at)}>{duration(Math.max(0, Math.round((Date.parse(message.next_at) - now) / 1000)))}</time></>}
        </span>
      </td>
    </tr>
  );
}
