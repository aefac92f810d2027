// The order in which fields stand on the review page, and the way a keyboard goes through them. Pure.
import { headed, isDoubtful, newField, placeOf, type Field } from "./fields";

export type Order = "doubts" | "page";
export type Column = { name: string; label: string; type: string };
export type Row = { index: number; cells: readonly Field[] };
export type Rows = { kind: "rows"; list: string; title: string; columns: readonly Column[]; rows: readonly Row[] };
export type Block = { kind: "single"; field: Field } | Rows;

/** Smaller comes first: doubts by how unsure they are, then what is there, then what is not. */
function doubt(field: Field): number {
  if (isDoubtful(field)) return field.confidence;
  return field.value === null ? 4 : 2 + field.confidence;
}

/** Smaller comes first: page by page, downwards, a line from the left; what stands nowhere comes last. */
function place({ page, box }: Field): readonly [number, number, number] {
  return page === undefined ? [Infinity, 0, 0] : [page, box?.[1] ?? 0, box?.[0] ?? 0];
}

function before(a: readonly number[], b: readonly number[]): number {
  for (const [at, one] of a.entries()) {
    const other = b[at] ?? 0;
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

const weigh = (order: Order) => (fields: readonly Field[]): readonly number[] => {
  const weights = fields.map((field) => (order === "doubts" ? [doubt(field)] : place(field)));
  return weights.sort(before)[0] ?? [Infinity, 0, 0];
};

function sorted<T>(things: readonly T[], order: Order, fieldsOf: (thing: T) => readonly Field[]): T[] {
  const weight = weigh(order);
  return things.map((thing) => ({ thing, weight: weight(fieldsOf(thing)) })).sort((a, b) => before(a.weight, b.weight)).map(({ thing }) => thing);
}

function rowsOf(list: string, fields: readonly Field[], order: Order): Rows {
  const columns = new Map<string, Column>();
  const rows = new Map<number, Map<string, Field>>();
  for (const field of fields) {
    const { row, column } = placeOf(field.path) ?? { row: 0, column: "" };
    columns.set(column, columns.get(column) ?? { name: column, label: field.label, type: field.type });
    rows.set(row, (rows.get(row) ?? new Map<string, Field>()).set(column, field));
  }
  const whole = [...rows].sort(([a], [b]) => a - b).map(([index, cells]) => ({
    index, cells: [...columns.values()].map(({ name, label, type }) => cells.get(name) ?? newField(`/${list}/${index}/${name}`, label, type)),
  }));
  return { kind: "rows", list, title: headed(list), columns: [...columns.values()], rows: sorted(whole, order, ({ cells }) => cells) };
}

const inside = (block: Block): readonly Field[] => (block.kind === "single" ? [block.field] : block.rows.flatMap(({ cells }) => cells));

/** Single values and lists of rows, in one of two orders. */
export function blocksOf(fields: readonly Field[], order: Order): Block[] {
  const lists = new Map<string, Field[]>();
  const blocks: Block[] = [];
  for (const field of fields) {
    const at = placeOf(field.path);
    if (at) lists.set(at.list, [...(lists.get(at.list) ?? []), field]);
    else blocks.push({ kind: "single", field });
  }
  for (const [list, cells] of lists) blocks.push(rowsOf(list, cells, order));
  return sorted(blocks, order, inside);
}

/** All fields in the order in which they are shown. */
export const inTurn = (blocks: readonly Block[]): Field[] => blocks.flatMap(inside);

/** The next one of which `wanted` is true, after `from`, and then from the start; null if there is none besides it. */
export function nextAfter<T>(things: readonly T[], from: number, wanted: (thing: T) => boolean): T | null {
  const rest = [...things.slice(from + 1), ...things.slice(0, Math.max(0, from))];
  return rest.find(wanted) ?? null;
}
