// Jobs that pretend to be worked on: the wire's shapes with a clock behind them. A name with "fail", "retry" or "slow" in it
// behaves so; an empty file or one of another kind is refused.
import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { templateOf } from "./documents.mjs";
import { save } from "./records.mjs";

const TICK_MS = 150;
const id = (kind) => `${kind}_${randomBytes(16).toString("hex")}`;
const step = (name, op, after, seconds, optional = false) => ({ id: name, op, after, seconds, optional });

export const PIPELINES = [
  { name: "image", version: 1, about: "Sizes and thumbnails in JPEG, PNG, WebP and AVIF, with metadata read and stripped.", accepts: ["image"],
    steps: [step("check", "file.check", [], 0.3), step("metadata", "metadata.extract", ["check"], 0.4), step("sizes", "image.resize", ["check"], 1.6), step("thumbnail", "image.thumbnail", ["check"], 0.6, true), step("report", "report.write", ["metadata", "sizes", "thumbnail"], 0.2)] },
  { name: "video", version: 1, about: "A ladder of resolutions as HLS and progressive MP4, and a poster.", accepts: ["video", "audio"],
    steps: [step("check", "file.check", [], 0.4), step("probe", "video.probe", ["check"], 0.4), step("poster", "video.poster", ["probe"], 0.8, true), step("transcode", "video.transcode", ["probe"], 4), step("package", "video.package", ["transcode"], 0.8), step("report", "report.write", ["poster", "package"], 0.2)] },
  { name: "document", version: 1, about: "Text, pages and fields of documents.", accepts: ["document", "image"],
    steps: [step("check", "file.check", [], 0.3), step("ocr", "document.ocr", ["check"], 1.5), step("pages", "document.render", ["ocr"], 0.5, true), step("extract", "document.extract", ["ocr"], 0.5), step("record", "record.save", ["extract"], 0.2)] },
];

export const pipelineRows = () => PIPELINES.map((pipeline) => ({ ...pipeline,
  steps: pipeline.steps.map(({ seconds: _, ...rest }) => ({ ...rest, class: "cpu", timeout_seconds: 300, options: {} })) }));

const jobs = new Map();
const kindOf = (name, type) => (/^(image|video|audio)\//.exec(type)?.[1]) ?? (/\.(jpe?g|png|webp|gif|avif|heic)$/i.test(name) ? "image" : /\.(mp4|mov|mkv|webm)$/i.test(name) ? "video" : /\.(pdf|docx|odt)$/i.test(name) ? "document" : "other");
const seconds = (job, one) => PIPELINES.find(({ name }) => name === job.pipeline).steps.find(({ id }) => id === one.step).seconds;
const ended = ({ status }) => !["pending", "processing"].includes(status);
const now = () => new Date().toISOString();

export const allJobs = () => [...jobs.values()].reverse();
export const findJob = (key) => jobs.get(key);
export const removeJob = (key) => jobs.delete(key);

export function summary(job) {
  const { options: _o, metadata: _m, error: _e, files: _f, events: _v, bell: _b, ...rest } = job;
  const count = (status) => job.files.filter((file) => file.status === status).length;
  return { ...rest, counts: { files: job.files.length, succeeded: count("succeeded"), skipped: count("skipped"), failed: count("failed"), cancelled: count("cancelled") } };
}

export function whole(job) {
  return { ...summary(job), options: job.options, metadata: job.metadata, error: job.error, files: job.files.map(({ kind: _, ...file }) => file) };
}

function newFile(job, { name, bytes, type, sha256 }) {
  const pipeline = PIPELINES.find((known) => known.name === job.pipeline);
  const steps = pipeline.steps.map((one) => ({ task_id: id("task"), step: one.id, op: one.op, after: one.after, state: one.after.length ? "waiting" : "ready", attempts: 0,
    progress: 0, phase: null, started_at: null, ended_at: null, error: null, next_attempt_at: null, optional: one.optional }));
  return { id: id("file"), name, status: "pending", bytes, media_type: type || null, sha256: sha256 ?? randomBytes(32).toString("hex"), progress: 0, phase: null, error: null,
    credits: { held: 1, captured: 0, refunded: 0 }, steps, artifacts: [], kind: kindOf(name, type) };
}

export function create(request, files) {
  const job = { id: id("job"), pipeline: request.pipeline, status: "pending", priority: request.priority ?? "normal", group: request.group ?? null, created_at: now(), started_at: null,
    ended_at: null, progress: 0, phase: null, eta_seconds: null, waiting_for_files: false, options: {}, metadata: {}, error: null, files: [], events: [], bell: new EventEmitter() };
  job.bell.setMaxListeners(100);
  job.files = files.map((file) => newFile(job, file));
  jobs.set(job.id, job);
  tell(job, "job.created", {});
  return job;
}

function tell(job, kind, more) {
  // Progress is told but not kept, so it has no place in the order.
  const kept = !kind.endsWith(".progress");
  const event = { seq: kept ? job.events.length + 1 : null, at: now(), kind, job_id: job.id, ...more };
  if (kept) job.events.push(event);
  job.bell.emit("event", event);
}

function begin(job, file, one) {
  Object.assign(one, { state: "running", attempts: one.attempts + 1, started_at: now(), ended_at: null, progress: 0, error: null, next_attempt_at: null, phase: `${one.step}: pass 1` });
  tell(job, "task.started", { file_id: file.id, task_id: one.task_id, step: one.step, attempt: one.attempts });
}

function end(job, file, one, state, error = null) {
  Object.assign(one, { state, ended_at: now(), error, phase: null, progress: state === "succeeded" ? 1 : one.progress });
  tell(job, "task.ended", { file_id: file.id, task_id: one.task_id, step: one.step, state, error });
}

function refusalOf(job, file) {
  if (file.bytes === 0) return { code: "file_empty", message: "The file has no bytes in it. Upload it again once it has been saved completely.", fault: "input" };
  if (PIPELINES.find(({ name }) => name === job.pipeline).accepts.includes(file.kind)) return null;
  return { code: "kind_not_accepted", message: `The ${job.pipeline} pipeline does not take this kind of file. Send it to another pipeline.`, fault: "input" };
}

function work(job, file, one, artifacts) {
  one.progress = Math.min(1, one.progress + TICK_MS / 1000 / (seconds(job, one) * (file.name.includes("slow") ? 12 : 1)));
  if (one.progress < 1) return tell(job, "task.progress", { file_id: file.id, task_id: one.task_id, step: one.step, progress: one.progress, phase: one.phase });
  const tool = { code: "tool_exit", message: "ffmpeg ended with an error while it encoded 720p. The step is tried again on its own.", fault: "tool" };
  const refusal = one.step === "check" ? refusalOf(job, file) : null;
  if (refusal) finish(job, file, "skipped", refusal, one);
  else if (file.name.includes("fail") && one.step === "transcode") finish(job, file, "failed", { ...tool, message: "ffmpeg ended with an error three times. The video may be damaged near its end." }, one);
  else if (file.name.includes("retry") && one.attempts === 1 && (one.step === "transcode" || one.step === "sizes")) {
    Object.assign(one, { state: "ready", error: tool, next_attempt_at: new Date(Date.now() + 3000).toISOString(), progress: 0, phase: null });
  } else {
    end(job, file, one, "succeeded");
    if (file.steps.every(({ state }) => state === "succeeded")) publish(job, file, artifacts);
  }
}

function finish(job, file, status, error, one) {
  end(job, file, one, status === "skipped" ? "skipped" : "dead", error);
  for (const other of file.steps) if (["waiting", "ready", "running"].includes(other.state)) other.state = "cancelled";
  Object.assign(file, { status, error, progress: 1, phase: null });
  tell(job, "file.ended", { file_id: file.id, status, error });
}

function publish(job, file, artifacts) {
  const url = (name) => `/api/v1/jobs/${job.id}/artifacts/${file.id}/${name.split("/").map(encodeURIComponent).join("/")}`;
  const paper = job.pipeline === "document";
  if (paper) save(job, file);
  const from = `${templateOf(file.name)}/`;
  const wanted = paper ? artifacts.document.filter(({ name }) => name.startsWith(from)).map((one) => ({ ...one, name: one.name.slice(from.length) })) : artifacts[file.kind];
  const made = wanted.map(({ path: _, ...rest }) => rest);
  const row = (name) => ({ name, media_type: "application/json", bytes: 1234, sha256: "0".repeat(64) });
  file.artifacts = [...made, row("report.json"), row("report.min.json")].map((artifact) => ({ ...artifact, url: url(artifact.name) }));
  Object.assign(file, { status: "succeeded", progress: 1, phase: null });
  tell(job, "file.ended", { file_id: file.id, status: "succeeded", error: null });
}

function advanceFile(job, file, artifacts) {
  if (file.status === "pending") file.status = "processing";
  for (const one of file.steps) {
    const free = one.after.every((name) => file.steps.find((other) => other.step === name).state === "succeeded");
    if (one.state === "waiting" && free) one.state = "ready";
    if (one.state === "ready" && Date.now() >= Date.parse(one.next_attempt_at ?? 0)) begin(job, file, one);
    else if (one.state === "running") work(job, file, one, artifacts);
    if (ended(file)) return;
  }
  const total = file.steps.reduce((sum, one) => sum + seconds(job, one), 0);
  file.progress = Math.max(file.progress, file.steps.reduce((sum, one) => sum + one.progress * seconds(job, one), 0) / total);
  file.phase = file.steps.find(({ state }) => state === "running")?.phase ?? file.phase;
}

function advance(job, artifacts) {
  if (job.status === "pending") {
    Object.assign(job, { status: "processing", started_at: now() });
    tell(job, "job.started", {});
  }
  for (const file of job.files) if (!ended(file)) advanceFile(job, file, artifacts);
  job.progress = Math.max(job.progress, job.files.reduce((sum, file) => sum + file.progress, 0) / job.files.length);
  job.phase = job.files.find((file) => file.phase)?.phase ?? null;
  const spent = (Date.now() - Date.parse(job.started_at)) / 1000;
  job.eta_seconds = job.progress > 0.05 ? Math.round((spent / job.progress) * (1 - job.progress)) : null;
  tell(job, "job.progress", { progress: job.progress, phase: job.phase, eta_seconds: job.eta_seconds });
  if (job.files.every(ended)) endJob(job, job.files.some(({ status }) => status === "succeeded") ? "completed" : "failed");
}

function endJob(job, status) {
  Object.assign(job, { status, ended_at: now(), phase: null, eta_seconds: null, progress: status === "completed" ? 1 : job.progress });
  tell(job, "job.ended", { status });
}

export function cancel(job) {
  for (const file of job.files) {
    if (ended(file)) continue;
    file.status = "cancelled";
    for (const one of file.steps) if (!["succeeded", "dead", "skipped"].includes(one.state)) one.state = "cancelled";
  }
  endJob(job, "cancelled");
}

export function retry(job, from) {
  job.files = job.files.map((file) => (file.status === "succeeded" && from !== "all" ? file : { ...newFile(job, { name: file.name.replace("fail", "f_il"), bytes: file.bytes, type: file.media_type ?? "" }), id: file.id }));
  Object.assign(job, { status: "pending", ended_at: null, started_at: null, progress: 0 });
}

export const run = (artifacts) => setInterval(() => [...jobs.values()].filter((job) => !ended(job)).forEach((job) => advance(job, artifacts)), TICK_MS);
