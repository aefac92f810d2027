// Where a person is in a record: the fields in their order, the one that is looked at, the page it stands on, and the steps between them.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Detail } from "../api/records";
import { blocksOf, inTurn, nextAfter, type Block, type Order } from "../words/blocks";
import { isDoubtful, type Field, type Value } from "../words/fields";
import { listsOf, withRows } from "../words/rows";
import type { Desk } from "./desk";
import { entryId } from "./field-entry";

export type Turn = {
  fields: readonly Field[]; blocks: readonly Block[]; doubts: readonly Field[]; spare: readonly string[]; here: Field | null; page: number; order: Order;
  setPage: (page: number) => void; setOrder: (order: Order) => void; settled: (field: Field) => boolean;
  /** Looks at a field that has the focus; puts the focus on one; goes so many on. */
  look: (field: Field) => void; focus: (path: string) => void; step: (by: number) => void;
  set: (field: Field, value: Value) => void; confirm: (field: Field) => void; clear: (cells: readonly Field[]) => void; add: (list: string) => void; forgetRows: () => void;
  /** Confirms the field that is looked at and goes to the next one in doubt, or to the button that accepts. */
  confirmAndGo: () => void;
};

/** The id of the button that Enter leads to when nothing is in doubt. */
export const ACCEPT = "accept-record";

const canPoint = () => matchMedia("(pointer: fine)").matches;

function focus(path: string): void {
  const entry = document.getElementById(entryId(path));
  entry?.focus({ preventScroll: true });
  entry?.closest("li.record-field, tr")?.scrollIntoView({ block: "nearest" });
}

export function useTurn(desk: Desk, detail: Detail, others: readonly unknown[]): Turn {
  const [order, setOrder] = useState<Order>("doubts");
  const [extra, setExtra] = useState<Record<string, number>>({});
  const [active, setActive] = useState<string | null>(null);
  const [page, setPage] = useState(1);
  const { edits } = desk;
  const lists = useMemo(() => listsOf(detail.fields, [detail.data, ...others]), [detail, others.length]);
  const fields = useMemo(() => withRows(detail.fields, lists, extra, edits), [detail.fields, lists, extra, edits]);
  const blocks = useMemo(() => blocksOf(fields, order), [fields, order]);
  const turn = inTurn(blocks);
  const at = turn.findIndex(({ path }) => path === active);
  const here = turn[at] ?? null;
  const settled = ({ path }: Field) => path in edits;
  const open = (field: Field) => isDoubtful(field) && !settled(field);

  const look = (field: Field) => {
    setActive(field.path);
    if (field.page !== undefined) setPage(field.page);
  };
  useEffect(() => {
    const first = turn.find(open) ?? turn[0];
    if (!first) return;
    look(first);
    // A touched screen would raise its keyboard over half of the page.
    if (canPoint()) document.getElementById(entryId(first.path))?.focus({ preventScroll: true });
  }, [detail.file_id]);

  // What is saved may stand elsewhere then, and a place that moves loses the focus.
  useEffect(() => {
    if (here && canPoint() && document.activeElement === document.body) focus(here.path);
  }, [detail.revision]);

  const set = (field: Field, value: Value) => (value === field.value ? desk.undo(field.path) : desk.set(field.path, value));
  const confirm = ({ path, value }: Field) => desk.set(path, edits[path] === undefined ? value : edits[path]);
  const step = (by: number) => {
    const next = turn[at < 0 ? 0 : at + by];
    if (next) focus(next.path);
  };
  const confirmAndGo = () => {
    if (!here) return;
    confirm(here);
    const next = nextAfter(turn, at, open);
    if (next) focus(next.path);
    else document.getElementById(ACCEPT)?.focus();
  };
  return {
    fields, blocks, doubts: fields.filter(open), spare: [...lists.keys()].filter((list) => !blocks.some((block) => block.kind === "rows" && block.list === list)),
    here, page, order, setPage, setOrder, settled, look, focus, step, set, confirm, confirmAndGo,
    clear: (cells) => cells.forEach((field) => set(field, null)),
    add: (list) => setExtra((known) => ({ ...known, [list]: (known[list] ?? 0) + 1 })),
    forgetRows: () => setExtra({}),
  };
}
