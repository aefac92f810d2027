// One field of a record: its value to be typed over, how sure it is, and what speaks against it.
import type { Correction } from "../api/records";
import { percent } from "../words/amounts";
import { isDoubtful, statusWords, SURE, type Field, type Value } from "../words/fields";
import { Bar } from "./bar";
import { entryId, FieldEntry } from "./field-entry";
import { FieldWords } from "./field-words";

/** What fields need to know and to do; the same for all of a record. */
export type FieldsProps = {
  edits: Readonly<Record<string, Value>>; wrong: Readonly<Record<string, string>>; clashes: readonly string[]; corrections: readonly Correction[]; active: string | null; now: number;
  onValue: (field: Field, value: Value) => void; onConfirm: (field: Field) => void; onUndo: (field: Field) => void; onFocus: (field: Field) => void;
};

/** How a field stands, with what is not saved yet. */
export function standOf(field: Field, edit: Value | undefined): { tone: "sure" | "doubt" | "edited" | "none"; words: string } {
  if (edit !== undefined) {
    const against = edit !== field.value && field.status === "failed_check" ? ` (it was: ${statusWords(field)})` : "";
    return { tone: "edited", words: `${edit === field.value ? "confirmed" : "changed"}, not saved yet${against}` };
  }
  if (isDoubtful(field)) return { tone: "doubt", words: statusWords(field) };
  return { tone: field.value === null ? "none" : "sure", words: statusWords(field) };
}

export function RecordField({ field, ...all }: FieldsProps & { field: Field }) {
  const { path, label, required } = field;
  const edit = all.edits[path];
  const { tone, words } = standOf(field, edit);
  const about = `${entryId(path)}-stand`;
  return (
    <li class={`record-field ${tone} ${all.active === path ? "active" : ""}`} data-testid="record-field" data-path={path} data-tone={tone}>
      <div class="field-head">
        <label for={entryId(path)}>{label}{required && <span class="small"> required</span>}</label>
        <span class="field-stand" id={about} data-testid="stand">{words}</span>
        <Sureness field={field} edited={edit !== undefined} />
      </div>
      <div class="field-line">
        <FieldEntry field={field} value={edit === undefined ? field.value : edit} wrong={path in all.wrong} about={about} onValue={(value) => all.onValue(field, value)} onFocus={() => all.onFocus(field)} />
        <FieldButtons field={field} edit={edit} {...all} />
      </div>
      <FieldWords field={field} edit={edit} wrong={all.wrong[path]} clash={all.clashes.includes(path)} corrections={all.corrections} now={all.now} onChoose={(value) => all.onValue(field, value)} />
    </li>
  );
}

function Sureness({ field, edited }: { field: Field; edited: boolean }) {
  if (field.value === null || edited) return <span class="sureness" />;
  const { confidence, label } = field;
  return <span class="sureness"><Bar label={`How sure ${label} is`} value={confidence} tone={confidence < SURE ? "unsure" : "done"} size="thin" /><span class="small figure">{percent(confidence)}</span></span>;
}

/** They have their places always, so that nothing moves under a pointer. */
export function FieldButtons({ field, edit, onValue, onConfirm, onUndo }: FieldsProps & { field: Field; edit: Value | undefined }) {
  const { label } = field;
  const confirmed = edit !== undefined ? edit === field.value : field.status === "confirmed";
  return (
    <span class="field-buttons">
      <button type="button" class="small-button" aria-label={`Confirm: ${label}`} title="As it is, it is right" disabled={confirmed || edit !== undefined} onClick={() => onConfirm(field)} data-testid="confirm">✓</button>
      {edit === undefined
        ? <button type="button" class="small-button" aria-label={`Nothing there: ${label}`} title="The document has no such value" disabled={field.value === null} onClick={() => onValue(field, null)} data-testid="clear">∅</button>
        : <button type="button" class="small-button" aria-label={`Undo: ${label}`} title="As it was" onClick={() => onUndo(field)} data-testid="undo">↺</button>}
    </span>
  );
}
