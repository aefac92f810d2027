// An open record: the page at the left, the fields at the right, and the two kept together by keyboard and pointer.
import { useEffect, useRef, useState } from "preact/hooks";
import { retryJob } from "../api/client";
import { pageSheets, type Detail, type Record, type State } from "../api/records";
import { go } from "../router";
import { breaks, plural } from "../words/amounts";
import { nextAfter } from "../words/blocks";
import type { Act } from "../words/keys";
import type { Sheet } from "../words/paper";
import { doubtWords } from "../words/turn";
import { Confirm } from "./confirm";
import type { Desk } from "./desk";
import { KeyList } from "./key-list";
import { Loading, Notice } from "./notice";
import { Paper, type PaperActs } from "./paper";
import { RecordActions } from "./record-actions";
import { RecordFields } from "./record-fields";
import { useKeys } from "./record-keys";
import { useTurn } from "./record-turn";
import { Status } from "./status";

type Props = { desk: Desk; detail: Detail; queue: readonly Record[]; onSaved: (detail: Detail) => void; onAgain: () => void; home: string };

/** The pages of the document; none if it has no pictures of them, null while nobody knows. */
function useSheets({ job_id, file_id }: Detail): Sheet[] | null {
  const [sheets, setSheets] = useState<Sheet[] | null>(null);
  useEffect(() => void pageSheets(job_id, file_id).then(setSheets, () => setSheets([])), [job_id, file_id]);
  return sheets;
}

export function OpenRecord({ desk, detail, queue, onSaved, onAgain, home }: Props) {
  const sheets = useSheets(detail);
  const turn = useTurn(desk, detail, queue.filter(({ schema }) => schema === detail.schema).map(({ data }) => data));
  const [asked, setAsked] = useState<"again" | "keys" | null>(null);
  const paper = useRef<PaperActs>(null);
  const edits = Object.keys(desk.edits).length;
  const save = async (state?: State): Promise<boolean> => {
    const fresh = await desk.save(state);
    if (!fresh) return false;
    turn.forgetRows();
    onSaved(fresh);
    return true;
  };
  const accept = async () => {
    const next = nextAfter(queue, queue.findIndex(({ file_id }) => file_id === detail.file_id), ({ state }) => state === "open");
    if (await save("accepted")) go(next ? `${home}#${next.file_id}` : home);
  };
  const turnPage = (by: number) => {
    const next = sheets?.[sheets.findIndex(({ page }) => page === turn.page) + by];
    if (next) turn.setPage(next.page);
  };
  const acts: { [act in Act]: () => void } = {
    accept: () => void accept(), confirm: turn.confirmAndGo, undo: () => turn.here && desk.undo(turn.here.path), next: () => turn.step(1), previous: () => turn.step(-1),
    "page-next": () => turnPage(1), "page-previous": () => turnPage(-1), closer: () => paper.current?.zoom(1), further: () => paper.current?.zoom(-1), fit: () => paper.current?.fit(),
    keys: () => setAsked("keys"),
  };
  useKeys((act) => acts[act]());
  return (
    <div class="desk" data-testid="desk" data-file={detail.file_id} data-state={detail.state}>
      <Head detail={detail} doubts={turn.doubts.length} queue={queue} home={home} onKeys={() => setAsked("keys")} />
      <div class="desk-body">
        {sheets === null && <Loading what="the pages" rows={4} />}
        {sheets?.length === 0 && <Notice tone="empty" title="No pictures of its pages">They were not made, or are no longer there. The fields can be checked without them.</Notice>}
        {sheets && sheets.length > 0 && (
          <Paper job={detail.job_id} file={detail.file_id} name={detail.name} sheets={sheets} page={turn.page} onPage={turn.setPage} fields={turn.fields} active={turn.here} settled={turn.settled} onPick={turn.focus} acts={paper} />
        )}
        <div class="desk-fields">
          <RecordFields blocks={turn.blocks} order={turn.order} onOrder={turn.setOrder} spare={turn.spare} onAdd={turn.add} onClear={turn.clear} edits={desk.edits} wrong={desk.wrong} clashes={desk.clashes}
            corrections={detail.corrections} active={turn.here?.path ?? null} onValue={turn.set} onConfirm={turn.confirm} onUndo={({ path }) => desk.undo(path)} onFocus={turn.look} />
          <RecordActions desk={desk} state={detail.state} doubts={turn.doubts.length} edits={edits} onAccept={() => void accept()} onSave={(state) => void save(state)} onAgain={() => setAsked("again")} />
        </div>
      </div>
      {asked === "keys" && <KeyList onClose={() => setAsked(null)} />}
      {asked === "again" && (
        <Confirm title="Read the documents of this job again?" verb="Read again" onClose={() => setAsked(null)} onYes={async () => { await retryJob(detail.job_id, "all"); onAgain(); }}>
          All documents of its job are processed from the beginning, and their records are written anew. What people corrected stays in the history only.
          {edits > 0 && ` ${plural(edits, "correction", "corrections")} that you have not saved may no longer fit.`}
        </Confirm>
      )}
    </div>
  );
}

function Head({ detail, doubts, queue, home, onKeys }: { detail: Detail; doubts: number; queue: readonly Record[]; home: string; onKeys: () => void }) {
  const place = queue.findIndex(({ file_id }) => file_id === detail.file_id);
  const open = (by: number) => go(`${home}#${queue[place + by]?.file_id ?? ""}`);
  return (
    <header class="title-row desk-head">
      <div>
        <h1 class={breaks(detail.name)} title={detail.name}>{detail.name}</h1>
        <p class="small desk-facts"><Status status={detail.state} testid="record-state" /><span>{detail.schema}</span><span>{doubtWords(doubts)}</span>
          {detail.reviewed_by && <span>reviewed by {detail.reviewed_by}</span>}<a href={`/jobs/${encodeURIComponent(detail.job_id)}`}>open the job</a></p>
      </div>
      <div class="buttons desk-turn">
        <button type="button" class="small-button" disabled={place <= 0} onClick={() => open(-1)} aria-label="Record before">‹</button>
        {place >= 0 && <span class="small figure">{place + 1} of {queue.length}</span>}
        <button type="button" class="small-button" disabled={place < 0 || place >= queue.length - 1} onClick={() => open(1)} aria-label="Record after" data-testid="record-after">›</button>
        <button type="button" class="small-button" onClick={onKeys} aria-label="List of keys" title="Keys" data-testid="keys">?</button>
      </div>
    </header>
  );
}
