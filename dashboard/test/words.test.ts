import assert from "node:assert/strict";
import { File as NodeFile } from "node:buffer";
import { test } from "node:test";
import { refusalFrom, type Pipeline } from "../src/api/client";
import { routeOf } from "../src/router";
import { ago, bytes, duration, percent, shortId } from "../src/words/amounts";
import { batches, BY_TYPE, chosen } from "../src/words/batches";
import { draw, inOrder } from "../src/words/graph";

const pipeline = (name: string, accepts: string[]) => ({ name, version: 1, about: null, accepts, steps: [] }) as unknown as Pipeline;
const known = [pipeline("image", ["image"]), pipeline("video", ["video", "audio"])];
// Node 18 has no global File yet.
const file = (name: string, size = 10) => new NodeFile([new Uint8Array(size)], name) as unknown as File;
const pick = (...files: File[]) => files.map((one, key) => chosen(one, key));

test("sizes and times read as people write them", () => {
  assert.deepEqual([0, 1, 999, 1500, 999_999, 12_400_000].map(bytes), ["0 bytes", "1 byte", "999 bytes", "1.5 kB", "1.0 MB", "12.4 MB"]);
  assert.deepEqual([0.42, 8.44, 59.7, 192, 7500, -1].map(duration), ["420 ms", "8.4 s", "1 min", "3 min 12 s", "2 h 5 min", "–"]);
  assert.equal(ago("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:04:10Z")), "4 min ago");
  assert.equal(shortId("job_0123456789abcdef"), "job_89abcdef");
});

test("a hundred percent is said only when all is done", () => {
  assert.deepEqual([0.999, 1, 7, Number.NaN].map(percent), ["99 %", "100 %", "100 %", "0 %"]);
});

test("files of one type become one job", () => {
  assert.deepEqual(batches(pick(file("a.MP4"), file("b.mov")), known, BY_TYPE).map((batch) => [batch.pipeline, batch.entries.length]), [["video", 2]]);
});

test("files of two types become two jobs, and a strange one joins the first", () => {
  const made = batches(pick(file("a.mp4"), file("b.png"), file("strange")), known, BY_TYPE);
  assert.deepEqual(made.map((batch) => [batch.pipeline, batch.entries.length]), [["video", 2], ["image", 1]]);
});

test("a chosen pipeline takes every file and warns about those that it refuses", () => {
  const [batch] = batches(pick(file("a.mp4"), file("b.png"), file("c.mp4", 0)), known, "video");
  assert.deepEqual(batch?.entries.map((entry) => entry.warning?.slice(0, 11) ?? null), [null, "The video p", "It is empty"]);
});

test("steps are drawn after what they come after, and a circle ends", () => {
  const steps = [{ step: "c", after: ["a", "b"] }, { step: "a", after: [] }, { step: "b", after: ["a"] }];
  assert.deepEqual(inOrder(steps).map(({ step }) => step), ["a", "b", "c"]);
  assert.equal(draw([{ step: "x", after: ["y"] }, { step: "y", after: ["x"] }]).places.size, 2);
});

test("a refusal keeps its code and its sentence, and a proxy's page becomes a plain one", () => {
  const refusal = refusalFrom(413, '{"title":"Too large","code":"upload_too_large","detail":"At most 2 GB."}');
  assert.deepEqual([refusal.code, refusal.message], ["upload_too_large", "At most 2 GB."]);
  assert.equal(refusalFrom(502, "<html>").message, "The server answered 502.");
});

test("addresses lead to their pages", () => {
  assert.deepEqual(routeOf("/jobs/job_1"), { page: "job", id: "job_1" });
  assert.deepEqual(["/", "/upload", "/jobs", "/jobs/", "/api/v1/jobs"].map((path) => routeOf(path).page), ["overview", "upload", "jobs", "jobs", "lost"]);
  assert.deepEqual(routeOf("/jobs/%E0%A4%A"), { page: "job", id: "%E0%A4%A" });
});
