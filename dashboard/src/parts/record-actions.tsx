// What is done with a record as a whole. It stays in sight while the fields scroll.
import type { State } from "../api/records";
import { plural } from "../words/amounts";
import type { Desk } from "./desk";
import { ACCEPT } from "./record-turn";

type Props = { desk: Desk; state: State; doubts: number; edits: number; onAccept: () => void; onSave: (state?: State) => void; onAgain: () => void };

export function RecordActions({ desk, state, doubts, edits, onAccept, onSave, onAgain }: Props) {
  const { busy, told } = desk;
  return (
    <div class="record-actions" data-testid="record-actions">
      <p class={`small told ${told?.tone ?? ""}`} role="status" data-testid="told">{told?.words ?? hint(doubts, edits)}</p>
      <div class="buttons">
        {state !== "accepted" && <button type="button" class="button main" id={ACCEPT} disabled={busy} onClick={onAccept} title="Ctrl + Enter" data-testid="accept">Accept</button>}
        <button type="button" class="button" disabled={busy || edits === 0} onClick={() => onSave()} data-testid="save">Save{edits > 0 && ` ${edits}`}<span class="wide-only"> {edits === 1 ? "correction" : "corrections"}</span></button>
        {state === "open" && <button type="button" class="button" disabled={busy} onClick={() => onSave("rejected")} data-testid="reject">Reject</button>}
        {state !== "open" && <button type="button" class="button" disabled={busy} onClick={() => onSave("open")} data-testid="reopen">Reopen</button>}
        <button type="button" class="quiet" disabled={busy} onClick={onAgain} data-testid="again">Read again…</button>
      </div>
    </div>
  );
}

function hint(doubts: number, edits: number): string {
  if (doubts > 0) return `${plural(doubts, "field is", "fields are")} still in doubt. Accepting says that the record stands as it is.`;
  return edits > 0 ? "Nothing is in doubt any more. Accepting saves what you changed." : "Nothing is in doubt.";
}
