// A list of rows, such as the lines of an invoice: a table of values, and below it what there is to say of the one that was looked at last.
import { useEffect, useState } from "preact/hooks";
import type { Rows } from "../words/blocks";
import { isDoubtful, shown, type Field } from "../words/fields";
import { entryId, FieldEntry } from "./field-entry";
import { FieldWords } from "./field-words";
import { FieldButtons, standOf, type FieldsProps } from "./record-field";

type Props = FieldsProps & { block: Rows; onAdd: () => void; onClear: (cells: readonly Field[]) => void };

export function RecordRows({ block, onAdd, onClear, ...all }: Props) {
  const cells = block.rows.flatMap((row) => row.cells);
  const [last, setLast] = useState(() => cells.find(isDoubtful)?.path);
  useEffect(() => {
    if (cells.some(({ path }) => path === all.active)) setLast(all.active ?? undefined);
  }, [all.active]);
  const told = cells.find(({ path }) => path === last);
  return (
    <li class="record-rows" data-testid="record-rows" data-list={block.list}>
      <h3>{block.title}</h3>
      <table class="entries">
        <caption class="unseen">{block.title}</caption>
        <thead><tr><th scope="col" class="row-number">#</th>{block.columns.map(({ name, label }) => <th key={name} scope="col">{label}</th>)}<th><span class="unseen">Row</span></th></tr></thead>
        <tbody>
          {block.rows.map(({ index, cells: row }) => (
            <tr key={index} data-testid="row">
              <th scope="row" class="row-number">{index + 1}</th>
              {row.map((field) => <Cell key={field.path} field={field} row={index + 1} {...all} />)}
              <td class="row-clear"><button type="button" class="small-button" aria-label={`Clear row ${index + 1}`} title="The document has no such row"
                disabled={row.every(({ path, value }) => shown(path in all.edits ? all.edits[path] : value) === "")} onClick={() => onClear(row)}>∅</button></td>
            </tr>
          ))}
        </tbody>
      </table>
      <p><button type="button" class="quiet" onClick={onAdd} data-testid="add-row">Add a row</button></p>
      {told && <CellWords field={told} {...all} />}
    </li>
  );
}

function Cell({ field, row, ...all }: FieldsProps & { field: Field; row: number }) {
  const { path, label } = field;
  const edit = all.edits[path];
  const { tone, words } = standOf(field, edit);
  return (
    <td class={`entry-cell ${tone} ${all.active === path ? "active" : ""} ${path in all.wrong ? "wrong" : ""}`} data-label={label} title={words} data-tone={tone}>
      <FieldEntry field={field} value={edit === undefined ? field.value : edit} label={`${label}, row ${row}: ${words}`} wrong={path in all.wrong} onValue={(value) => all.onValue(field, value)} onFocus={() => all.onFocus(field)} />
    </td>
  );
}

function CellWords({ field, ...all }: FieldsProps & { field: Field }) {
  const { path, label } = field;
  const edit = all.edits[path];
  const { tone, words } = standOf(field, edit);
  const row = Number(path.split("/")[2]) + 1;
  return (
    <div class={`cell-words ${tone}`}>
      <div class="field-line"><p><label for={entryId(path)}>{label}, row {row}</label>: <span class="field-stand">{words}</span></p><FieldButtons field={field} edit={edit} {...all} /></div>
      <FieldWords field={field} edit={edit} wrong={all.wrong[path]} clash={all.clashes.includes(path)} corrections={all.corrections} now={all.now} onChoose={(value) => all.onValue(field, value)} />
    </div>
  );
}
