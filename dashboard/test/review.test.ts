import assert from "node:assert/strict";
import { test } from "node:test";
import { routeOf } from "../src/router";
import { blocksOf, inTurn, nextAfter } from "../src/words/blocks";
import { corrections, problems, rebase, since, typed } from "../src/words/edits";
import { fieldsOf, isDoubtful, newField, placeOf, shown, statusWords, type Field } from "../src/words/fields";
import { actOf, isBlind, type Key, type Place } from "../src/words/keys";
import { fitting, lookAt, scaled, sheetsOf, zoomed } from "../src/words/paper";
import { listsOf, withRows } from "../src/words/rows";
import { about, byNeed, standing } from "../src/words/turn";

const field = (path: string, more: Partial<Field> = {}): Field => ({ ...newField(path, path.slice(1), "text"), value: "x", status: "grounded", confidence: 0.95, ...more });
const paths = (fields: readonly Field[]) => fields.map(({ path }) => path);

test("what the server counts as a doubt is one here", () => {
  const doubts = [field("/a"), field("/a", { confidence: 0.89 }), field("/a", { status: "missing" }), field("/a", { status: "missing", required: true }),
    field("/a", { status: "ungrounded" }), field("/a", { status: "confirmed", confidence: 0 })];
  assert.deepEqual(doubts.map(isDoubtful), [false, true, false, true, true, false]);
});

test("a failed check is told in its figures", () => {
  const checks = [{ name: "subtotal + tax = total", passed: false, detail: "10.00 + 2.10 = 12.10" }, { name: "other", passed: true, detail: "fine" }];
  assert.equal(statusWords(field("/total", { status: "failed_check", checks })), "check failed: 10.00 + 2.10 = 12.10");
  assert.equal(statusWords(field("/total", { status: "failed_check" })), "does not go with the other values");
  assert.equal(statusWords(field("/total", { status: "ungrounded" })), "not found in the document");
});

test("fields are read as they come, and what is none is left out", () => {
  const [one, ...more] = fieldsOf([{ path: "/total", label: "Total", type: "amount", value: "1.00", page: 2, box: [1, 2, 3, 4], confidence: 0.5, status: "grounded", alternatives: [{ text: "7", value: 7, confidence: 0.2 }] }, null, 7, {}]);
  assert.equal(more.length, 0);
  assert.deepEqual([one?.page, one?.box, one?.alternatives[0]?.value, one?.checks], [2, [1, 2, 3, 4], 7, []]);
  assert.equal(fieldsOf([{ path: "/x", box: ["1", 2, 3, 4] }])[0]?.box, undefined);
  assert.deepEqual([shown(null), shown(false), shown(12.5)], ["", "false", "12.5"]);
});

test("the least sure comes first, what is not there comes last", () => {
  const fields = [field("/sure"), field("/none", { value: null, status: "missing", confidence: 0 }), field("/low", { confidence: 0.3 }), field("/gone", { value: null, status: "missing", required: true, confidence: 0 })];
  assert.deepEqual(paths(inTurn(blocksOf(fields, "doubts"))), ["/gone", "/low", "/sure", "/none"]);
});

test("on the page fields follow each other as they stand on it", () => {
  const fields = [field("/c", { page: 2, box: [0, 10, 5, 20] }), field("/nowhere"), field("/b", { page: 1, box: [50, 10, 60, 20] }), field("/a", { page: 1, box: [0, 10, 5, 20] })];
  assert.deepEqual(paths(inTurn(blocksOf(fields, "page"))), ["/a", "/b", "/c", "/nowhere"]);
});

test("rows are one block with a cell for each column", () => {
  const fields = [field("/items/0/name"), field("/items/0/amount"), field("/items/1/amount", { confidence: 0.2 }), field("/total")];
  const [rows, total] = blocksOf(fields, "doubts");
  assert.ok(rows?.kind === "rows" && total?.kind === "single");
  assert.deepEqual([rows.title, rows.columns.map(({ name }) => name), rows.rows.map(({ index }) => index)], ["Items", ["name", "amount"], [1, 0]]);
  assert.deepEqual(paths(rows.rows[0]?.cells ?? []), ["/items/1/name", "/items/1/amount"]);
  assert.deepEqual([placeOf("/items/12/amount"), placeOf("/total")], [{ list: "items", row: 12, column: "amount" }, null]);
});

test("a row is added with the columns of its list, or of such a list in another record", () => {
  const fields = [field("/items/0/name"), field("/items/0/amount", { type: "amount" })];
  const lists = listsOf(fields, [{ total: "1", items: [{ other: 1 }], pairs: [{ key: "a", value: "b" }] }, null, "x"]);
  assert.deepEqual([...lists].map(([name, columns]) => [name, columns.map((column) => column.name)]), [["items", ["name", "amount"]], ["pairs", ["key", "value"]]]);
  assert.deepEqual(paths(withRows(fields, lists, { items: 1 }, {})).slice(2), ["/items/1/name", "/items/1/amount"]);
  assert.deepEqual(paths(withRows(fields, lists, {}, { "/pairs/1/key": "typed" })).slice(2), ["/pairs/0/key", "/pairs/0/value", "/pairs/1/key", "/pairs/1/value"]);
  assert.equal(withRows(fields, lists, {}, {})[1]?.type, "amount");
});

test("the next one is looked for after this one and then from the start", () => {
  const even = (n: number) => n % 2 === 0;
  assert.deepEqual([nextAfter([1, 2, 3, 4], 1, even), nextAfter([1, 2, 3, 4], 3, even), nextAfter([1, 2, 3], 1, even), nextAfter([2], -1, even)], [4, 2, null, 2]);
});

test("what was typed is text, nothing is null, and the same is what it was", () => {
  assert.deepEqual([typed("21", field("/rate", { value: 21 })), typed("22", field("/rate", { value: 21 })), typed("  ", field("/rate"))], [21, "22", null]);
});

test("only what the server can know is sent", () => {
  const fields = [field("/total")];
  assert.deepEqual(corrections({ "/total": null, "/items/0/a": null, "/items/0/b": "1" }, fields), { "/total": null, "/items/0/b": "1" });
});

test("what is typed while others are saved is not saved", () => {
  assert.deepEqual(since({ "/total": "2", "/vendor": "a", "/date": "d" }, { "/total": "1", "/vendor": "a" }), { "/total": "2", "/date": "d" });
});

test("edits outlive what somebody else changed meanwhile", () => {
  const seen = [field("/total", { value: "1" }), field("/vendor", { value: "a" }), field("/date", { value: "d" })];
  const fresh = [field("/total", { value: "2", status: "confirmed" }), field("/vendor", { value: "b", status: "confirmed" }), field("/date", { value: "d" })];
  assert.deepEqual(rebase({ "/total": "3", "/vendor": "b", "/date": "e", "/items/0/a": "new" }, seen, fresh),
    { edits: { "/total": "3", "/date": "e", "/items/0/a": "new" }, clashes: ["/total"] });
});

test("a refusal is taken apart by the paths that it names", () => {
  const detail = "/date: `x` is no date: write it as YYYY-MM-DD. /items/0/amount: `y` is no amount: write it like 1234.50. /total: `z` is no amount.";
  assert.deepEqual(problems(detail, ["/total", "/date", "/vendor", "/items/0/amount"]), {
    "/date": "`x` is no date: write it as YYYY-MM-DD.", "/items/0/amount": "`y` is no amount: write it like 1234.50.", "/total": "`z` is no amount." });
  assert.deepEqual(problems("/total: `/date: x` is no amount.", ["/date", "/total"]), { "/total": "`/date: x` is no amount." });
  assert.deepEqual(problems("The name is too long.", ["/total"]), { "": "The name is too long." });
});

test("records with most doubts come first, then the least sure, and judged ones last", () => {
  const one = (name: string, state: string, doubts: number, confidence: number) => ({ file_id: name, name, state, doubts, confidence });
  const records = [one("done", "accepted", 9, 0), one("few", "open", 1, 0.5), one("10", "open", 3, 0.5), one("9", "open", 3, 0.5), one("unsure", "open", 3, 0.1)];
  assert.deepEqual(byNeed(records).map(({ name }) => name), ["unsure", "9", "10", "few", "done"]);
  assert.equal(standing(records), "4 open, 1 accepted");
});

test("an address means jobs or a group", () => {
  assert.deepEqual([about("job_0a1b"), about("job_0a,job_1b"), about("upload-1"), about("job_1,other")], [{ jobs: ["job_0a1b"] }, { jobs: ["job_0a", "job_1b"] }, { group: "upload-1" }, { group: "job_1,other" }]);
  assert.deepEqual(routeOf("/review/my%2Fgroup"), { page: "review", of: "my/group" });
});

test("a box lies on the picture where it lies on the page", () => {
  const sheet = { page: 1, width: 600, height: 800 };
  assert.equal(fitting(sheet, { width: 300, height: 400 }), 0.5);
  assert.deepEqual(scaled([100, 200, 160, 220], 0.5), { x: 50, y: 100, width: 30, height: 10 });
  assert.deepEqual(lookAt([100, 200, 160, 220], sheet, { width: 300, height: 100 }, 0.5, true), { scale: 0.5, left: 0, top: 55 });
});

test("small print is brought closer, unless the person chose how close", () => {
  const sheet = { page: 1, width: 600, height: 800 };
  const view = { width: 300, height: 100 };
  assert.deepEqual(lookAt([300, 400, 360, 410], sheet, view, 0.5, true), { scale: 1.5, left: 345, top: 557.5 });
  assert.equal(lookAt([300, 400, 360, 410], sheet, view, 0.5, false).scale, 0.5);
  assert.ok(lookAt([0, 400, 600, 410], sheet, view, 0.5, true).scale <= 0.5, "a wide line stays in view");
  assert.deepEqual([zoomed(1, 1, 1), zoomed(8, 1, 1), zoomed(0.5, -1, 1)], [1.25, 8, 0.5]);
});

test("pages are read from what the server wrote, and nothing else is", () => {
  assert.deepEqual(sheetsOf([{ page: 1, width: 10, height: 20, unit: "pt", source: "ocr" }, { page: "2" }, null]), [{ page: 1, width: 10, height: 20 }]);
  assert.deepEqual(sheetsOf({ page: 1 }), []);
});

test("keys mean what they mean by where they are pressed", () => {
  const press = (key: string, place: Place, more: Partial<Key> = {}) => actOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more }, place);
  assert.deepEqual([press("Enter", "line"), press("Enter", "button"), press("Enter", "line", { ctrlKey: true }), press("Enter", "lines", { shiftKey: true })], ["confirm", null, "accept", null]);
  assert.deepEqual([press("j", "line"), press("j", "none"), press("?", "button"), press("?", "lines")], [null, "next", "keys", null]);
  assert.deepEqual([press("ArrowDown", "line"), press("ArrowDown", "choice"), press("ArrowUp", "lines", { altKey: true }), press("PageDown", "line"), press("Escape", "line")], ["next", null, "previous", "page-next", "undo"]);
});

test("a key that is held down moves on, but neither judges nor presses", () => {
  const held = (key: string, place: Place, more: Partial<Key> = {}) => isBlind({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, repeat: true, ...more }, place);
  assert.deepEqual([held("Enter", "line"), held("Enter", "lines"), held("Enter", "choice"), held("Enter", "button"), held("Enter", "none", { ctrlKey: true }), held("Enter", "button", { metaKey: true })], Array(6).fill(true));
  assert.deepEqual([held("Enter", "lines", { shiftKey: true }), held("ArrowDown", "line"), held("j", "none"), held("Escape", "line"), held("a", "line"), held("Enter", "line", { repeat: false }), held("Enter", "button", { repeat: false })], Array(7).fill(false));
});
