// What is typed over a record that others change too. The desk is drawn into nothing, and answered by a record that is kept here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { h, render, type ContainerNode } from "preact";
import { useDesk, type Desk } from "../src/parts/desk";
import { newField, type Value } from "../src/words/fields";

type Wire = { revision: number; reviewed_by: string | null; fields: { path: string; value: Value }[] };
type Sent = { revision: number; corrections: Record<string, Value> };

/** Enough of a page for a component that draws nothing. */
const place = (): ContainerNode => ({ nodeType: 1, parentNode: null, firstChild: null, childNodes: [], contains: () => false, insertBefore: (node) => node, appendChild: (node) => node, removeChild: (node) => node });
/** Preact draws when it likes. */
async function until(holds: () => boolean): Promise<void> {
  const late = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < late, `this never came true: ${holds}`);
    await new Promise((again) => setTimeout(again, 1));
  }
}

/** A server with one record. `between` happens when a review has arrived and is not answered yet. */
function serve(): { record: Wire; sent: Sent[]; change: (path: string, value: Value, by?: string) => void; between: () => Promise<void> } {
  const field = (path: string) => ({ ...newField(path, path, "text"), value: "old" as Value, status: "grounded", confidence: 0.5 });
  const record: Wire = { revision: 1, reviewed_by: null, fields: [field("/total"), field("/vendor")] };
  const change = (path: string, value: Value, by = "Bram") => {
    Object.assign(record, { revision: record.revision + 1, reviewed_by: by, fields: record.fields.map((one) => (one.path === path ? { ...one, value, status: "confirmed" } : one)) });
  };
  const server = { record, sent: [] as Sent[], change, between: async () => {} };
  const judge = async (asked: Sent): Promise<Response> => {
    server.sent.push(asked);
    await server.between();
    if (asked.revision !== record.revision) return Response.json({ code: "changed_meanwhile", detail: "Changed." }, { status: 409 });
    for (const [path, value] of Object.entries(asked.corrections)) change(path, value, "you");
    return Response.json(record);
  };
  const answer = async (_: unknown, init?: RequestInit) => (init?.method === "POST" ? judge(JSON.parse(String(init.body))) : Response.json(record));
  Object.assign(globalThis, { document: {}, fetch: answer, addEventListener: () => undefined, removeEventListener: () => undefined });
  return server;
}

/** Somebody sits down at the record; `leave` opens another. */
async function sit(file: string): Promise<{ now: () => Desk; leave: () => void }> {
  let desk: Desk | undefined;
  const at = place();
  const now = () => desk ?? assert.fail("nothing was drawn");
  render(h(() => { desk = useDesk(file); return null; }, null), at);
  await until(() => now().detail !== null);
  return { now, leave: () => render(null, at) };
}

test("what was typed waits for the next visit, and is told of what others changed in between", async () => {
  const server = serve();
  const first = await sit("file_1");
  first.now().set("/total", "mine");
  first.leave();
  server.change("/total", "theirs");
  const { now } = await sit("file_1");
  assert.deepEqual([now().edits, now().clashes, now().told?.tone], [{ "/total": "mine" }, ["/total"], "warning"]);
  assert.match(now().told?.words ?? "", /^Bram changed this record meanwhile/);
  await now().save();
  await until(() => now().told?.tone === "good");
  assert.deepEqual([server.sent.map(({ revision }) => revision), now().edits, now().told?.tone], [[2], {}, "good"]);
});

test("a visit to an unchanged record tells nothing", async () => {
  serve();
  const first = await sit("file_2");
  first.now().set("/total", "mine");
  first.leave();
  const { now } = await sit("file_2");
  assert.deepEqual([now().edits, now().clashes, now().told], [{ "/total": "mine" }, [], null]);
});

test("who leaves before the record was read is told on the next visit", async () => {
  const server = serve();
  const first = await sit("file_3");
  first.now().set("/total", "mine");
  server.change("/total", "theirs");
  const asked = first.now().reload();
  first.leave();
  await asked;
  const { now } = await sit("file_3");
  assert.deepEqual([now().clashes, now().told?.tone], [["/total"], "warning"]);
});

test("what is typed while a save is refused is kept", async () => {
  const server = serve();
  const { now } = await sit("file_4");
  now().set("/total", "mine");
  await until(() => "/total" in now().edits);
  server.between = async () => {
    server.change("/total", "theirs");
    now().set("/vendor", "late");
  };
  assert.equal(await now().save(), null);
  await until(() => now().detail?.revision === 2 && now().told !== null);
  assert.deepEqual([now().edits, now().clashes, now().told?.tone, now().detail?.revision], [{ "/total": "mine", "/vendor": "late" }, ["/total"], "warning", 2]);
});

test("what is typed while a save goes through is kept, over what was saved", async () => {
  const server = serve();
  const first = await sit("file_5");
  first.now().set("/total", "mine");
  await until(() => "/total" in first.now().edits);
  server.between = async () => first.now().set("/vendor", "late");
  await first.now().save();
  first.leave();
  const { now } = await sit("file_5");
  assert.deepEqual([now().edits, now().told], [{ "/vendor": "late" }, null]);
});
