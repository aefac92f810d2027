import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job, JobEvent } from "../src/api/client";
import { absorb, apply } from "../src/api/live";

const step = (progress: number, attempts = 1) => ({ task_id: "task_1", step: "transcode", op: "video.transcode", after: [], state: "running", attempts, progress, phase: null,
  started_at: null, ended_at: null, error: null, next_attempt_at: null, optional: false });
const job = (progress: number, status = "processing", attempts = 1) =>
  ({ id: "job_1", status, progress, phase: null, eta_seconds: null, files: [{ id: "file_1", progress, steps: [step(progress, attempts)] }] }) as unknown as Job;
const event = (kind: string, progress: number) => ({ seq: 1, at: "", kind, job_id: "job_1", file_id: "file_1", task_id: "task_1", progress }) as JobEvent;

test("a snapshot older than what is shown does not turn progress back", () => {
  const shown = absorb(job(0.6), job(0.5));
  assert.equal(shown.progress, 0.6);
  assert.equal(shown.files[0]?.progress, 0.6);
  assert.equal(shown.files[0]?.steps[0]?.progress, 0.6);
});

test("a second attempt of a step begins at its own figure", () => {
  assert.equal(absorb(job(0.6), job(0.1, "processing", 2)).files[0]?.steps[0]?.progress, 0.1);
});

test("a retried job begins anew", () => {
  assert.equal(absorb(job(1, "failed"), job(0, "pending")).progress, 0);
});

test("a late event changes nothing", () => {
  const shown = job(0.6);
  assert.equal(apply(shown, event("job.progress", 0.4)).progress, 0.6);
  assert.equal(apply(shown, event("task.progress", 0.4)).files[0]?.steps[0]?.progress, 0.6);
});

test("an event moves the bar that it is about", () => {
  assert.equal(apply(job(0.6), event("job.progress", 0.7)).progress, 0.7);
  assert.equal(apply(job(0.6), event("task.progress", 0.7)).files[0]?.steps[0]?.progress, 0.7);
});

test("an event after the end leaves an ended job alone", () => {
  assert.equal(apply(job(0.6, "cancelled"), event("job.progress", 0.9)).progress, 0.6);
});
