// Rows that a person adds to a list: which columns it has, and the empty fields of a new row. Pure.
import { headed, newField, placeOf, type Field } from "./fields";
import type { Column } from "./blocks";
import type { Edits } from "./edits";

type Data = unknown;
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The columns of each list, by the fields there are; of a list without rows by other records of the same schema. */
export function listsOf(fields: readonly Field[], others: readonly Data[]): Map<string, Column[]> {
  const lists = new Map<string, Column[]>();
  for (const field of fields) {
    const at = placeOf(field.path);
    if (!at) continue;
    const columns = lists.get(at.list) ?? [];
    if (!columns.some(({ name }) => name === at.column)) columns.push({ name: at.column, label: field.label, type: field.type });
    lists.set(at.list, columns);
  }
  for (const [list, value] of others.filter(isObject).flatMap((data) => Object.entries(data))) {
    const first: unknown = Array.isArray(value) ? value[0] : null;
    if (!lists.has(list) && isObject(first)) lists.set(list, Object.keys(first).map((name) => ({ name, label: headed(name), type: "text" })));
  }
  return lists;
}

/** The fields with those of added rows: `extra` says how many each list has more, and what was typed into others counts too. */
export function withRows(fields: readonly Field[], lists: ReadonlyMap<string, readonly Column[]>, extra: Readonly<Record<string, number>>, edits: Edits): Field[] {
  const known = new Set(fields.map(({ path }) => path));
  const all = [...fields];
  for (const [list, columns] of lists) {
    const rows = (paths: Iterable<string>) => Math.max(-1, ...[...paths].map(placeOf).map((at) => (at?.list === list ? at.row : -1))) + 1;
    const had = rows(known);
    for (let row = had; row < Math.max(had + (extra[list] ?? 0), rows(Object.keys(edits))); row += 1) {
      all.push(...columns.map(({ name, label, type }) => newField(`/${list}/${row}/${name}`, label, type)));
    }
  }
  return all;
}
