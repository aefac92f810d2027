// One file while it is sent: how far, how fast, how long still, and what can be done about it. Words and buttons have places of
// their own, so that nothing moves when they change.
import { useState } from "preact/hooks";
import { forget, pause, resume, type Lot, type Transfer } from "../api/transfers";
import { bytes, percent } from "../words/amounts";
import { isSame } from "../words/kept";
import { secondsLeft, speed, timeLeft } from "../words/pace";
import { isMoving, type State } from "../words/turns";
import { Bar, type Tone } from "./bar";
import { PickAgain } from "./drop-zone";
import { Row } from "./upload-row";

type Props = { lot: Lot; transfer: Transfer; now: number };

export function TransferRow({ lot, transfer, now }: Props) {
  const { kept, state, refusal } = transfer;
  const [other, setOther] = useState("");
  const pick = (file: File) => {
    const same = isSame(kept, file);
    setOther(same ? "" : `“${file.name}” is not the file that was begun: its name, size or date differ.`);
    if (same) void resume(lot, transfer, file);
  };
  const fault = refusal ?? (other ? { message: other, code: "" } : null);
  return (
    <Row name={kept.name} size={kept.size} state={state} below={fault && (
      <p class="fault" role="alert" data-testid="upload-fault">{refusal && <b>{refusal.status >= 400 && refusal.status < 500 ? "Refused." : "Broken off."} </b>}{fault.message} {fault.code && <code>{fault.code}</code>}</p>
    )}>
      <span class="small to" data-testid="upload-detail">{words(lot, transfer, now)}</span>
      <Bar label={`Upload of ${kept.name}`} value={part(transfer)} tone={TONES[state] ?? "quiet"} testid="file-bar" />
      {!lot.elsewhere && !lot.submitting && <Actions lot={lot} transfer={transfer} onPick={pick} />}
    </Row>
  );
}

const TONES: Partial<Record<State, Tone>> = { sending: "active", stopped: "failed", there: "done" };

const part = ({ kept, bytes: sent, state }: Transfer) => (kept.size > 0 ? sent / kept.size : Number(state === "there"));

function words(lot: Lot, transfer: Transfer, now: number): string {
  const { kept, state, bytes: sent, samples } = transfer;
  const there = `${bytes(sent)} there`;
  if (lot.elsewhere) return "under way in another tab";
  switch (state) {
    case "missing": return there;
    case "queued": return sent > 0 ? `waits, ${there}` : "waits for its turn";
    case "waiting": return `${percent(part(transfer))} · cut off, trying again`;
    case "paused": return `paused at ${percent(part(transfer))}`;
    case "stopped": return sent > 0 ? `stopped, ${there}` : "stopped";
    case "there": return "uploaded";
    case "sending": {
      if (sent >= kept.size) return "100 % · being kept";
      const pace = speed(samples, now);
      return [percent(part(transfer)), pace === null ? "" : `${bytes(pace)}/s`, timeLeft(secondsLeft(kept.size - sent, pace))].filter(Boolean).join(" · ");
    }
  }
}

type Verb = { word: string; testid: string; act: () => void };

/** What the first button does; null if there is nothing to hold up or to go on with. */
function verb(lot: Lot, transfer: Transfer): Verb | null {
  const { state, refusal } = transfer;
  if (state === "sending" || state === "waiting") return { word: "Pause", testid: "pause", act: () => pause(transfer) };
  // A larger file than is allowed, or one that has changed, is no better the second time.
  if (state !== "paused" && (state !== "stopped" || refusal?.status === 413 || refusal?.code === "file_changed")) return null;
  return { word: state === "paused" ? "Resume" : "Try again", testid: "resume", act: () => void resume(lot, transfer) };
}

/** What is handed over already, or is about to be, is not taken out. */
function mayForget(lot: Lot, { state }: Transfer): boolean {
  if (lot.record.asked || state === "sending" || state === "waiting") return false;
  return state !== "there" || !lot.transfers.some((one) => isMoving(one.state));
}

function Actions({ lot, transfer, onPick }: { lot: Lot; transfer: Transfer; onPick: (file: File) => void }) {
  const { name } = transfer.kept;
  const first = verb(lot, transfer);
  // One button for pause and resume, so that the focus of a keyboard stays on it.
  return (
    <span class="row-actions">
      {transfer.state === "missing" && <PickAgain name={name} onFile={onPick} />}
      {first && <button type="button" class="quiet" aria-label={`${first.word}: ${name}`} onClick={first.act} data-testid={first.testid}>{first.word}</button>}
      {mayForget(lot, transfer) && <button type="button" class="quiet" aria-label={`Forget: ${name}`} onClick={() => forget(lot, transfer)} data-testid="forget">Forget</button>}
    </span>
  );
}
