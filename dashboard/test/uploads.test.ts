import assert from "node:assert/strict";
import { File as NodeFile } from "node:buffer";
import { test } from "node:test";
import { isSame, keptFile, parsed, requestOf, without, type Kept, type KeptFile } from "../src/words/kept";
import { noted, secondsLeft, speed, timeLeft, type Sample } from "../src/words/pace";
import { due } from "../src/words/turns";

/** Samples of an upload that is told each quarter of a second and sends as many bytes a second as `rate` says. */
function run(seconds: number, rate: number, from: readonly Sample[] = []): readonly Sample[] {
  const start = from.at(-1) ?? { at: 0, bytes: 0 };
  let samples = from;
  for (let at = 0; at <= seconds; at += 0.25) samples = noted(samples, start.at + at * 1000, start.bytes + at * rate);
  return samples;
}

test("speed is told after a second, not before", () => {
  assert.equal(speed(run(0.75, 1000), 750), null);
  assert.equal(speed(run(2, 1000), 2000), 1000);
  assert.equal(speed([], 5000), null);
});

test("speed follows the last seconds and forgets how it was before", () => {
  const slow = run(10, 1000);
  const fast = run(3, 5000, slow);
  const mean = speed(fast, 13_000) ?? 0;
  assert.ok(mean > 2500 && mean < 3500, `${mean} after three seconds`);
  assert.equal(speed(run(10, 5000, slow), 20_000), 5000);
  assert.ok(run(600, 1000).length < 40, "samples pile up");
});

test("speed sinks while nothing comes and is nothing after a while", () => {
  const samples = run(4, 1000);
  assert.equal(speed(samples, 8000), 500);
  assert.equal(speed(samples, 60_000), 0);
});

test("an upload that goes on from less than it had sent is measured anew", () => {
  const again = noted(run(4, 1000), 5000, 2000);
  assert.deepEqual(again, [{ at: 5000, bytes: 2000 }]);
  assert.equal(speed(again, 5500), null);
});

test("what is left is guessed from the speed, and not at all without one", () => {
  assert.deepEqual([secondsLeft(3000, 1000), secondsLeft(0, null), secondsLeft(3000, null), secondsLeft(3000, 0)], [3, 0, null, null]);
});

test("time left is said coarsely", () => {
  assert.deepEqual([0.2, 7.6, 19.4, 63, 130, 7500, null].map(timeLeft), ["1 s left", "8 s left", "19 s left", "1 min 5 s left", "2 min left", "2 h 5 min left", ""]);
});

test("three files are sent at once, in the order chosen", () => {
  assert.deepEqual(due(["queued", "queued", "queued", "queued"]), [0, 1, 2]);
  assert.deepEqual(due(["there", "sending", "waiting", "queued", "queued"]), [3]);
  assert.deepEqual(due(["sending", "sending", "sending", "queued"]), []);
  assert.deepEqual(due(["paused", "stopped", "missing", "there"]), []);
});

const file = (name: string, size: number, lastModified: number) => new NodeFile([new Uint8Array(size)], name, { lastModified }) as unknown as File;
const kept = (name: string, id: string | null, there = false): KeptFile => ({ name, size: 10, modified: 1, id, there });
const record = (...files: KeptFile[]): Kept => ({ key: "k1", begun: "2026-01-01T00:00:00Z", pipeline: "video", priority: "normal", group: null, asked: false, files });

test("a file is the same if name, size and date are", () => {
  const known = keptFile(file("a.mp4", 10, 5));
  assert.deepEqual(known, { name: "a.mp4", size: 10, modified: 5, id: null, there: false });
  assert.deepEqual([file("a.mp4", 10, 5), file("b.mp4", 10, 5), file("a.mp4", 11, 5), file("a.mp4", 10, 6)].map((one) => isSame(known, one)), [true, false, false, false]);
});

test("what the server has forgotten is forgotten, and a record of nothing is none", () => {
  const two = record(kept("a", "upload_1", true), kept("b", "upload_2"), kept("c", null));
  assert.deepEqual(without(two, ["upload_2"])?.files.map(({ name }) => name), ["a", "c"]);
  assert.equal(without(two, ["upload_1", "upload_2"]), null);
  assert.equal(without(record(kept("c", null)), []), null);
});

test("a record is read back as it was kept, and what is no record is not read", () => {
  const whole = { ...record(kept("a", "upload_1", true)), group: "upload-1" };
  assert.deepEqual(parsed(JSON.stringify(whole)), whole);
  const spoilt = [null, "", "{", "[]", "{}", JSON.stringify({ ...whole, files: [] }), JSON.stringify({ ...whole, asked: 1 }), JSON.stringify(record({ ...kept("a", "../jobs/job_1") }))];
  assert.deepEqual(spoilt.map(parsed), spoilt.map(() => null));
});

test("a job names its files by their uploads, in the same words each time", () => {
  const whole = record(kept("a.mp4", "upload_1", true), kept("b.mp4", "upload_2", true));
  assert.deepEqual(requestOf(whole), { pipeline: "video", priority: "normal", files: [{ source: "upload:upload_1", name: "a.mp4" }, { source: "upload:upload_2", name: "b.mp4" }] });
  assert.equal(JSON.stringify(requestOf(whole)), JSON.stringify(requestOf(parsed(JSON.stringify(whole)) ?? record())));
  assert.equal(requestOf({ ...whole, group: "upload-1" })["group"], "upload-1");
});
