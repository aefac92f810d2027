// Dead letters: first what they died of, with one example each, then every one. Nothing is done to many without saying how many.
import { useState } from "preact/hooks";
import { Refusal } from "../api/client";
import { listDead, purgeDead, redriveDead, type DeadChoice, type DeadGroup, type DeadLetter, type DeadPage as Page } from "../api/operator";
import { Confirm } from "../parts/confirm";
import { Loading, Notice } from "../parts/notice";
import { useEvery, useNow } from "../parts/timing";
import { ago, moment, plural } from "../words/amounts";

const REFRESH_MS = 3000;

type Wish = { verb: "redrive" | "purge"; what: string; count: number; choice: DeadChoice };
type Ask = (wish: Wish) => void;

export function DeadPage() {
  const [page, setPage] = useState<Page | null>(null);
  const [trail, setTrail] = useState<(string | null)[]>([null]);
  const [wish, setWish] = useState<Wish | null>(null);
  const [said, setSaid] = useState("");
  const [error, setError] = useState("");
  const now = useNow(true);
  const cursor = trail.at(-1) ?? null;
  const look = async (signal?: AbortSignal) => {
    try {
      setPage(await listDead(cursor, signal));
      setError("");
    } catch (cause) {
      if (cause instanceof Refusal) setError(cause.message);
    }
  };
  useEvery(REFRESH_MS, look, [cursor]);
  const act = async ({ verb, choice }: Wish) => {
    const { count } = await (verb === "redrive" ? redriveDead(choice) : purgeDead(choice));
    setSaid(`${plural(count, "letter")} ${verb === "redrive" ? "run again" : "forgotten"}.`);
    await look();
  };
  return (
    <>
      <div class="title-row"><h1>Dead letters</h1>{page && page.total > 0 && <Both onAsk={setWish} what="all of them" count={page.total} choice={{ all: true }} />}</div>
      <p class="small" role="status">{said}</p>
      {error && <Notice tone="error" title="The dead letters could not be read">{error}</Notice>}
      {!page && !error && <Loading what="the dead letters" rows={5} />}
      {page?.total === 0 && <Notice tone="empty" title="No dead letters">A step that is out of retries is kept here, with what it died of, until it is run again or forgotten.</Notice>}
      {page && page.groups.length > 0 && <section class="block"><h2>What they died of</h2><ul class="groups">{page.groups.map((group) => <Group key={`${group.pipeline}/${group.step}/${group.code}`} group={group} groups={page.groups} onAsk={setWish} />)}</ul></section>}
      {page && page.items.length > 0 && <section class="block"><h2>Letters</h2><Letters letters={page.items} now={now} onAsk={setWish} /></section>}
      {page && (trail.length > 1 || page.next_cursor) && (
        <nav class="pager" aria-label="Pages of dead letters">
          <button type="button" class="button" disabled={trail.length === 1} onClick={() => setTrail(trail.slice(0, -1))}>Newer</button>
          <span class="small">Page {trail.length}</span>
          <button type="button" class="button" disabled={!page.next_cursor} onClick={() => setTrail([...trail, page.next_cursor ?? null])}>Older</button>
        </nav>
      )}
      {wish && (
        <Confirm title={wish.verb === "redrive" ? `Run ${plural(wish.count, "letter")} again?` : `Forget ${plural(wish.count, "letter")}?`} grave={wish.verb === "purge"}
          verb={wish.verb === "redrive" ? `Run ${wish.count} again` : `Forget ${wish.count}`} onYes={() => act(wish)} onClose={() => setWish(null)}>
          <p>{wish.what}: {plural(wish.count, "dead letter")}.</p>
          <p class="small">{wish.verb === "redrive" ? "Their steps run once more, with their retries. Credits that were given back are held again." : "The jobs stay as they are, and can still be retried as a whole."}</p>
        </Confirm>
      )}
    </>
  );
}

function Both({ onAsk, what, count, choice }: { onAsk: Ask; what: string; count: number; choice: DeadChoice }) {
  return (
    <div class="buttons">
      <button type="button" class="button" onClick={() => onAsk({ verb: "redrive", what, count, choice })} data-testid="redrive">{count > 1 ? `Run ${count} again` : "Run again"}</button>
      <button type="button" class="button" onClick={() => onAsk({ verb: "purge", what, count, choice })} data-testid="purge">{count > 1 ? `Forget ${count}` : "Forget"}</button>
    </div>
  );
}

/** Letters are chosen by pipeline and code; other steps of it that died of the same are meant with them, and counted. */
function Group({ group, groups, onAsk }: { group: DeadGroup; groups: readonly DeadGroup[]; onAsk: Ask }) {
  const choice = { code: group.code, pipeline: group.pipeline };
  const meant = groups.filter(({ code, pipeline }) => code === group.code && pipeline === group.pipeline);
  const count = meant.reduce((sum, one) => sum + one.count, 0);
  return (
    <li class="sheet group" data-testid="dead-group">
      <div>
        <p><b>{plural(group.count, "letter")}</b> <span class="small">{group.pipeline} · {group.step}</span> <code>{group.code}</code></p>
        {group.message && <p class="fault">{group.message}</p>}
      </div>
      <Both onAsk={onAsk} what={`${group.pipeline}, ${group.code}`} count={count} choice={choice} />
    </li>
  );
}

function Letters({ letters, now, onAsk }: { letters: readonly DeadLetter[]; now: number; onAsk: Ask }) {
  return (
    <div class="sheet flush">
      <table class="cards">
        <caption class="unseen">Dead letters, newest first</caption>
        <thead><tr><th>File</th><th>Step</th><th>Error</th><th>Owner</th><th>Died</th><th><span class="unseen">Action</span></th></tr></thead>
        <tbody>
          {letters.map((letter) => (
            <tr key={letter.task_id} data-testid="dead-letter">
              <td class="card-head"><a href={`/jobs/${letter.job_id}`}>{letter.file}</a></td>
              <td data-label="Step">{letter.pipeline} · {letter.step}</td>
              <td data-label="Error"><code title={letter.error?.message}>{letter.error?.code ?? "unknown"}</code></td>
              <td data-label="Owner">{letter.owner}</td>
              <td data-label="Died" class="small"><time dateTime={letter.ended_at} title={moment(letter.ended_at)}>{ago(letter.ended_at, now)}</time></td>
              <td class="card-action"><Both onAsk={onAsk} what={letter.file} count={1} choice={{ tasks: [letter.task_id] }} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
