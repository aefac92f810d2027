// All fields of a record, in one of two orders, and the lists to which rows may be added.
import type { Block, Order } from "../words/blocks";
import { headed, type Field } from "../words/fields";
import { RecordField, type FieldsProps } from "./record-field";
import { RecordRows } from "./record-rows";
import { useNow } from "./timing";

const ORDERS = [["doubts", "Doubts first"], ["page", "As on the page"]] as const;

type Props = Omit<FieldsProps, "now"> & {
  blocks: readonly Block[]; order: Order; onOrder: (order: Order) => void;
  /** Lists of the schema that have no row yet. */
  spare: readonly string[]; onAdd: (list: string) => void; onClear: (cells: readonly Field[]) => void;
};

export function RecordFields({ blocks, order, onOrder, spare, onAdd, onClear, ...rest }: Props) {
  const all = { ...rest, now: useNow(false) };
  return (
    <section aria-label="Fields">
      <fieldset class="chips">
        <legend class="unseen">Order of the fields</legend>
        {ORDERS.map(([name, words]) => (
          <label key={name} class="chip">
            <input type="radio" name="order" value={name} checked={order === name} onChange={() => onOrder(name)} data-testid={`order-${name}`} />
            <span>{words}</span>
          </label>
        ))}
      </fieldset>
      <ul class="record-fields">
        {blocks.map((block) => (block.kind === "single"
          ? <RecordField key={block.field.path} field={block.field} {...all} />
          : <RecordRows key={block.list} block={block} onAdd={() => onAdd(block.list)} onClear={onClear} {...all} />))}
      </ul>
      {blocks.length === 0 && <p class="small">The record has no fields: nothing in the document was taken for a value.</p>}
      {spare.map((list) => <p key={list}><button type="button" class="quiet" onClick={() => onAdd(list)}>Add a row to {headed(list)}</button></p>)}
    </section>
  );
}
