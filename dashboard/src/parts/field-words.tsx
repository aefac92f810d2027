// What there is to say of a field below its value: what is wrong, what stands in the document, what else it may be, who changed it.
import type { Correction } from "../api/records";
import { ago, moment, percent } from "../words/amounts";
import { isDoubtful, shown, type Alternative, type Field, type Value } from "../words/fields";

type Props = { field: Field; edit: Value | undefined; wrong: string | undefined; clash: boolean; corrections: readonly Correction[]; now: number; onChoose: (value: Value) => void };

/** A value in a sentence. */
const said = (value: unknown) => (value == null ? "nothing" : `“${shown(value)}”`);

export function FieldWords({ field, edit, wrong, clash, corrections, now, onChoose }: Props) {
  const last = corrections.filter(({ path }) => path === field.path).at(-1);
  const differs = field.text !== undefined && field.text !== shown(field.value);
  return (
    <>
      {wrong && <p class="fault" role="alert" data-testid="field-fault">{wrong}</p>}
      {clash && <p class="small warn">Meanwhile it was changed to {said(field.value)}.</p>}
      {differs && <p class="small">In the document: <q>{field.text}</q></p>}
      {field.alternatives.length > 0 && <Others field={field} chosen={edit ?? field.value} onChoose={onChoose} />}
      {last && (
        <p class="small">
          {shown(last.after) === shown(field.value) ? "Corrected" : `Before it was read again, corrected to ${said(last.after)}`} by {last.by}, <time dateTime={last.at} title={moment(last.at)}>{ago(last.at, now)}</time>; it was {said(last.before)}.
        </p>
      )}
    </>
  );
}

/** Readings that a press takes over. Those of a sure field are folded away. */
function Others({ field, chosen, onChoose }: { field: Field; chosen: Value; onChoose: (value: Value) => void }) {
  const list = (
    <ul class="others" aria-label={`What ${field.label} may be instead`}>
      {field.alternatives.map((other) => <li key={`${other.text}|${shown(other.value)}`}><Other other={other} chosen={chosen === other.value} onChoose={onChoose} /></li>)}
    </ul>
  );
  if (isDoubtful(field)) return list;
  return <details class="others-fold"><summary class="small">Other readings</summary>{list}</details>;
}

function Other({ other, chosen, onChoose }: { other: Alternative; chosen: boolean; onChoose: (value: Value) => void }) {
  const value = shown(other.value);
  return (
    <button type="button" class="other" aria-pressed={chosen} onClick={() => onChoose(other.value)} data-testid="alternative">
      {value || "nothing"} {other.text && other.text !== value && <q class="small">{other.text}</q>} <span class="small figure">{percent(other.confidence)}</span>
    </button>
  );
}
