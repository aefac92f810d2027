// Credits: what there is, what is held, what things cost, and everything that moved.
import { useState } from "preact/hooks";
import { Refusal } from "../api/client";
import { balance, ledger, type Balance, type LedgerPage } from "../api/operator";
import { Loading, Notice } from "../parts/notice";
import { useEvery, useNow } from "../parts/timing";
import { ago, credits, moment } from "../words/amounts";

const REFRESH_MS = 4000;
const SIGNS: Record<string, string> = { grant: "+", hold: "−", refund: "+", reverse: "+", capture: "" };
const PRICES = [["per_file", "a file"], ["per_megapixel", "a million pixels"], ["per_media_minute", "a minute of sound or video"], ["per_page", "a page"]] as const;

export function CreditsPage() {
  const [purse, setPurse] = useState<Balance | null>(null);
  const [page, setPage] = useState<LedgerPage | null>(null);
  const [trail, setTrail] = useState<(string | null)[]>([null]);
  const [error, setError] = useState("");
  const now = useNow(true);
  const cursor = trail.at(-1) ?? null;
  useEvery(REFRESH_MS, async (signal) => {
    try {
      const [mine, moved] = await Promise.all([balance(signal), ledger(cursor, signal)]);
      setPurse(mine);
      setPage(moved);
      setError("");
    } catch (cause) {
      if (cause instanceof Refusal) setError(cause.message);
    }
  }, [cursor]);
  return (
    <>
      <div class="title-row"><h1>Credits</h1></div>
      {error && <Notice tone="error" title="The credits could not be read">{error}</Notice>}
      {!purse && !error && <Loading what="the credits" rows={4} />}
      {purse && <Purse purse={purse} />}
      {page && (
        <section class="block">
          <h2>What moved</h2>
          {page.items.length === 0 ? <p class="sheet bare">Nothing has moved yet.</p> : <Ledger page={page} now={now} />}
        </section>
      )}
      {page && (trail.length > 1 || page.next_cursor) && (
        <nav class="pager" aria-label="Pages of the ledger">
          <button type="button" class="button" disabled={trail.length === 1} onClick={() => setTrail(trail.slice(0, -1))}>Newer</button>
          <span class="small">Page {trail.length}</span>
          <button type="button" class="button" disabled={!page.next_cursor} onClick={() => setTrail([...trail, page.next_cursor ?? null])}>Older</button>
        </nav>
      )}
    </>
  );
}

function Purse({ purse }: { purse: Balance }) {
  const asked = PRICES.filter(([name]) => purse.prices[name] > 0);
  return (
    <div class="sheet purse block">
      <p><b data-testid="available">{credits(purse.available)}</b><span>available</span></p>
      <p><b>{credits(purse.held)}</b><span>held for open files</span></p>
      <p class="small">{purse.owner}: {asked.length === 0 ? "nothing costs anything here." : asked.map(([name, what]) => `${credits(purse.prices[name])} for ${what}`).join(", ")}</p>
    </div>
  );
}

function Ledger({ page, now }: { page: LedgerPage; now: number }) {
  return (
    <div class="sheet flush">
      <table class="cards">
        <caption class="unseen">Transfers, newest first</caption>
        <thead><tr><th>What</th><th class="number">Amount</th><th>For</th><th>When</th></tr></thead>
        <tbody>
          {page.items.map((entry) => (
            <tr key={entry.id} data-testid="transfer" data-kind={entry.kind}>
              <td class="card-head"><b>{entry.kind}</b></td>
              <td data-label="Amount" class="number">{SIGNS[entry.kind] ?? ""}{credits(entry.amount)}</td>
              <td data-label="For" class="small">{entry.job_id ? <a href={`/jobs/${entry.job_id}`}>{entry.job_id.slice(0, 16)}…</a> : (entry.note ?? "–")}</td>
              <td data-label="When" class="small"><time dateTime={entry.at} title={moment(entry.at)}>{ago(entry.at, now)}</time></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
