// A stand-in for `gristmill serve`, for work on the dashboard alone: enough of the wire's shapes, real media, pretended work.
// `--dev` serves the sources through Vite; otherwise dist/ is served with the security policy that the real server sends.
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as mill from "./jobs.mjs";
import { media } from "./media.mjs";
import { templateOf } from "./documents.mjs";
import * as records from "./records.mjs";
import * as uploads from "./uploads.mjs";

const PORT = Number(process.env.PORT ?? 8090);
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const artifacts = media();
const submitted = new Map();
const problem = (response, status, code, detail) => send(response, status, { type: "about:blank", title: "Refused", status, code, detail }, "application/problem+json");

function send(response, status, body, type = "application/json") {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body === undefined ? undefined : JSON.stringify(body));
}

async function readAll(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

async function createJob(request, response) {
  const wanted = JSON.parse((await readAll(request)).toString());
  const before = submitted.get(request.headers["idempotency-key"]);
  if (before) return send(response, 202, before);
  if (!mill.PIPELINES.some(({ name }) => name === wanted.pipeline)) return problem(response, 422, "unknown_pipeline", `There is no pipeline named “${wanted.pipeline}”.`);
  const files = wanted.files.map(({ source, name }) => ({ name, type: "", ...uploads.whole(source.replace(/^upload:/, "")) }));
  if (files.some(({ bytes }) => bytes === undefined)) return problem(response, 404, "upload_not_found", "There is no such upload, or it has not come in full.");
  const job = mill.create(wanted, files);
  const answer = { id: job.id, status: job.status, url: `/api/v1/jobs/${job.id}`, files: job.files.map(({ id, name }) => ({ id, name })) };
  submitted.set(request.headers["idempotency-key"], answer);
  send(response, 202, answer);
}

function list(url, response) {
  const { status, q, limit, cursor, group } = Object.fromEntries(url.searchParams);
  const found = mill.allJobs().filter((job) => (!status || job.status === status) && (!group || job.group === group) && (!q || [job.id, job.group ?? "", ...job.files.map(({ name }) => name)].some((words) => words.includes(q))));
  const from = Number(cursor ?? 0);
  const to = from + Number(limit ?? 20);
  send(response, 200, { items: found.slice(from, to).map(mill.summary), next_cursor: to < found.length ? String(to) : null });
}

function events(job, url, request, response) {
  const after = Number(request.headers["last-event-id"] ?? url.searchParams.get("after") ?? 0);
  const items = job.events.slice(after);
  if (url.searchParams.get("format") === "json") return send(response, 200, { items: items.slice(0, 100), next_after: after + Math.min(100, items.length) });
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const write = (event) => {
    response.write(`${event.seq ? `id: ${event.seq}\n` : ""}event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
    if (event.kind === "job.ended" && event.seq === job.events.length) response.end();
  };
  items.forEach(write);
  job.bell.on("event", write);
  request.on("close", () => job.bell.off("event", write));
}

function artifact(job, fileId, name, request, response) {
  const file = job.files.find(({ id }) => id === fileId);
  if (file && name.startsWith("report")) return send(response, 200, reportOf(file));
  const found = file && job.pipeline === "document" ? artifacts.document.find((one) => one.name === `${templateOf(file.name)}/${name}`) : artifacts[file?.kind]?.find((one) => one.name === name);
  if (!found) return problem(response, 404, "artifact_not_found", "There is no such result.");
  const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]), found.bytes - 1) : found.bytes - 1;
  response.writeHead(range ? 206 : 200, { "content-type": found.media_type, "content-length": end - start + 1, "accept-ranges": "bytes", etag: `"${found.sha256}"`,
    ...(range ? { "content-range": `bytes ${start}-${end}/${found.bytes}` } : {}) });
  createReadStream(found.path, { start, end }).pipe(response);
}

const reportOf = (file) => ({ file: { name: file.name, bytes: file.bytes, sha256: file.sha256, media_type: file.media_type }, status: file.status, error: file.error,
  probe: { width: 1280, height: 720, duration_seconds: 6.0, video: { codec: "h264", frame_rate: 25 }, html: "<img src=x onerror=alert(1)>" },
  steps: file.steps.map((one) => ({ id: one.step, op: one.op, status: one.state, attempts: one.attempts, started_at: one.started_at, duration_ms: 812 })),
  artifacts: file.artifacts.map(({ url: _, ...rest }) => rest), warnings: [] });

function metrics(response) {
  const count = (status) => mill.allJobs().filter((job) => job.status === status).length;
  send(response, 200, { data: { metrics: { total: mill.allJobs().length, pending: count("pending"), processing: count("processing"), completed: count("completed"), failed: count("failed"), cancelled: count("cancelled") }, performance: {} } });
}

function batch(url, response) {
  const { jobs, group } = Object.fromEntries(url.searchParams);
  const found = jobs ? jobs.split(",").map(mill.findJob) : mill.allJobs().filter((job) => job.group === group);
  if (found.includes(undefined)) return problem(response, 404, "job_not_found", "There is no such job.");
  const ended = found.filter(({ status }) => !["pending", "processing"].includes(status));
  const succeeded = ended.filter(({ status }) => status === "completed").length;
  const done = found.length > 0 && ended.length === found.length;
  send(response, 200, { done, total: found.length, ended: ended.length, succeeded, failed: ended.length - succeeded, jobs: found.map(({ id, status, progress }) => ({ id, status, progress })),
    ...(done ? { review_url: `/review/${jobs ?? encodeURIComponent(group)}` } : {}) });
}

async function api(url, request, response) {
  const path = url.pathname;
  if (path === "/health/ready") return send(response, 200, { status: "ok", parts: { store: { status: "ok", detail: "SQLite, WAL" }, blobs: { status: "ok", detail: null }, tools: { status: "ok", detail: "ffmpeg 5.1" }, sandbox: { status: "ok", detail: "limits, Landlock" } } });
  if (path === "/api/v1/pipelines") return send(response, 200, { items: mill.pipelineRows() });
  if (path === "/api/batch_status") return batch(url, response);
  if (/^\/api\/v1\/records(\/|$)/.test(path)) return records.answer(path.split("/").slice(4).map(decodeURIComponent), url, request, response, { send, problem, readAll });
  if (path === "/api/v1/jobs/metrics") return metrics(response);
  if (path === "/api/v1/jobs") return request.method === "POST" ? createJob(request, response) : list(url, response);
  if (path === "/api/v1/uploads" || path.startsWith("/api/v1/uploads/")) return uploads.answer(path.slice("/api/v1/uploads/".length), request, response, problem);
  const [, key, verb, fileId, ...name] = path.slice("/api/v1/".length).split("/").map(decodeURIComponent);
  const job = mill.findJob(key);
  if (!job) return problem(response, 404, "job_not_found", "There is no such job.");
  if (verb === "messages") return send(response, 200, { items: [] });
  if (verb === "events") return events(job, url, request, response);
  if (verb === "artifacts") return artifact(job, fileId, name.join("/"), request, response);
  if (verb === "cancel") mill.cancel(job);
  if (verb === "retry") mill.retry(job, JSON.parse((await readAll(request)).toString() || "{}").from);
  if (request.method === "DELETE") return mill.removeJob(key), send(response, 204);
  send(response, verb ? 202 : 200, mill.whole(job));
}

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8" };

function page(url, response) {
  const asset = join(dist, url.pathname);
  const file = url.pathname.startsWith("/assets/") && existsSync(asset) && statSync(asset).isFile() ? asset : join(dist, "index.html");
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-security-policy": POLICY }).end(readFileSync(file));
}

const vite = process.argv.includes("--dev") ? await (await import("vite")).createServer({ server: { middlewareMode: true } }) : null;
createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  try {
    if (url.pathname.startsWith("/api/") || url.pathname.startsWith("/health/")) await api(url, request, response);
    else if (vite) vite.middlewares(request, response);
    else page(url, response);
  } catch (cause) {
    console.error(cause);
    problem(response, 500, "mock_broke", String(cause));
  }
}).listen(PORT, "127.0.0.1", () => console.log(`mock on http://127.0.0.1:${PORT}`));

for (const [pipeline, ...names] of [["image", "harvest.jpg"], ["video", "talk (fail).mp4"], ["image", "notes.txt"], ["video", "mill at dawn.mp4", "old slides.png"], ["document", "invoice april.pdf", "receipt meanwhile.jpg", "receipt sure.pdf", "library card.pdf", "film.mp4"]]) {
  mill.create({ pipeline, priority: "normal" }, names.map((name) => ({ name, bytes: 4_812_345, type: "" })));
}
mill.run(artifacts);
