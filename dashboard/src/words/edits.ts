// What a person has typed and not saved yet: by path, the value that a field is to have. Pure.
import { shown, type Field, type Value } from "./fields";

export type Edits = Readonly<Record<string, Value>>;

/** What was typed as a value: nothing is null, and what stands there already stays what it is. */
export function typed(text: string, field: Field): Value {
  if (text === shown(field.value)) return field.value;
  return text.trim() === "" ? null : text;
}

export function without(edits: Edits, ...paths: readonly string[]): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([path]) => !paths.includes(path)));
}

/** What was typed while others were being saved. */
export function since(edits: Edits, saved: Edits): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([path, value]) => !(path in saved) || saved[path] !== value));
}

/** What is sent. A field that nobody has found and that is to be nothing need not be told. */
export function corrections(edits: Edits, fields: readonly Field[]): Edits {
  const known = new Set(fields.map(({ path }) => path));
  return Object.fromEntries(Object.entries(edits).filter(([path, value]) => value !== null || known.has(path)));
}

/**
 * Edits of a record that somebody else has changed meanwhile. All are kept but those that have become true; `clashes` are the paths
 * at which the other one changed something too.
 */
export function rebase(edits: Edits, seen: readonly Field[], fresh: readonly Field[]): { edits: Edits; clashes: string[] } {
  const [old, now] = [seen, fresh].map((fields) => new Map(fields.map((field) => [field.path, field])));
  const done = Object.keys(edits).filter((path) => now?.get(path)?.status === "confirmed" && now.get(path)?.value === edits[path]);
  const kept = without(edits, ...done);
  return { edits: kept, clashes: Object.keys(kept).filter((path) => (old?.get(path)?.value ?? null) !== (now?.get(path)?.value ?? null)) };
}

/**
 * Takes the sentence of a refusal apart: "/date: … /total: …" by the paths that were sent. The server names them in order, so what a
 * person typed cannot pass for a later path that was named already. What is about no path stands under "".
 */
export function problems(detail: string, paths: readonly string[]): Record<string, string> {
  const starts: { path: string; at: number; from: number }[] = [];
  let from = 0;
  for (const path of [...paths].sort()) {
    const head = `${path}: `;
    const at = starts.length === 0 && detail.startsWith(head) ? 0 : detail.indexOf(` ${head}`, from) + 1;
    if (at === 0 && !detail.startsWith(head)) continue;
    starts.push({ path, at, from: at + head.length });
    from = at + head.length;
  }
  if (starts.length === 0 || starts[0]?.at !== 0) return { "": detail };
  return Object.fromEntries(starts.map(({ path, from: begin }, index) => [path, detail.slice(begin, starts[index + 1]?.at).trim()]));
}
