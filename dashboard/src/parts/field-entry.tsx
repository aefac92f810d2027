// Where a value is typed: a line, a text of several lines, or yes and no.
import { useState } from "preact/hooks";
import { typed } from "../words/edits";
import { shown, type Field, type Value } from "../words/fields";

type Props = { field: Field; value: Value; label?: string; wrong: boolean; about?: string; onValue: (value: Value) => void; onFocus: () => void };

const LONG = 60;

/** The id of the place where a path is typed, so that the picture and the keys can put the focus there. */
export const entryId = (path: string) => `value-of${path}`;

export function FieldEntry({ field, value, label, wrong, about, onValue, onFocus }: Props) {
  // Decided once: an element that is replaced while one types loses the focus, and the keys that follow go astray.
  const [long] = useState(() => Math.max(shown(field.value).length, shown(value).length) > LONG);
  const common = {
    id: entryId(field.path), "data-path": field.path, "data-testid": "entry", "aria-label": label, "aria-invalid": wrong, "aria-describedby": about, onFocus,
  };
  if (field.type === "checkbox") {
    const pick = (text: string) => onValue(text === "" ? null : text === "true");
    return (
      <select {...common} value={shown(value)} onChange={(event) => pick(event.currentTarget.value)}>
        <option value="">nothing</option><option value="true">yes</option><option value="false">no</option>
      </select>
    );
  }
  const text = { ...common, value: shown(value), spellcheck: false, autocomplete: "off", placeholder: value === null ? "nothing" : "" };
  if (long) {
    return <textarea {...text} rows={Math.min(6, Math.ceil(shown(value).length / LONG) + 1)} onInput={(event) => onValue(typed(event.currentTarget.value, field))} />;
  }
  return <input type="text" {...text} onInput={(event) => onValue(typed(event.currentTarget.value, field))} />;
}
