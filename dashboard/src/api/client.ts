// The one place that talks HTTP. Types come from the generated schema by path, so that component names may change freely.
import { askForKey, authorization } from "./key";
import type { paths } from "./schema";

export type Answer<P extends keyof paths, M extends keyof paths[P], C extends number> =
  paths[P][M] extends { responses: Record<C, { content: { "application/json": infer Body } }> } ? Body : never;

export type Job = Answer<"/api/v1/jobs/{id}", "get", 200>;
export type JobFile = Job["files"][number];
export type Step = JobFile["steps"][number];
export type Artifact = JobFile["artifacts"][number];
export type JobMessage = Answer<"/api/v1/jobs/{id}/messages", "get", 200>["items"][number];
export type JobPage = Answer<"/api/v1/jobs", "get", 200>;
export type JobSummary = JobPage["items"][number];
export type Submitted = Answer<"/api/v1/jobs", "post", 202>;
export type Pipeline = Answer<"/api/v1/pipelines", "get", 200>["items"][number];
export type Metrics = Answer<"/api/v1/jobs/metrics", "get", 200>;

/** A refusal or failure with words fit for a person. `code` is stable; `status` 0 means that no answer came. */
export class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

/** Reads a problem document if there is one; anything else becomes a plain sentence. */
export function refusalFrom(status: number, body: string): Refusal {
  const fallback = status === 0 ? "The server cannot be reached. It may be restarting." : `The server answered ${status}.`;
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem === "object" && problem !== null) {
      const { code, detail, title } = problem as Record<string, unknown>;
      const words = typeof detail === "string" && detail ? detail : typeof title === "string" && title ? title : fallback;
      return new Refusal(status, typeof code === "string" ? code : `http_${status}`, words);
    }
  } catch {
    // Not JSON: a proxy's page, or nothing at all.
  }
  return new Refusal(status, status === 0 ? "unreachable" : `http_${status}`, fallback);
}

export async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { accept: "application/json", ...authorization(), ...init.headers } });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw refusalFrom(0, "");
  }
  const text = await response.text();
  if (response.status === 401) askForKey();
  if (!response.ok) throw refusalFrom(response.status, text);
  return (text ? JSON.parse(text) : undefined) as T;
}

export function query(parameters: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(parameters).filter(([, value]) => value != null && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
}

const jobPath = (id: string) => `/api/v1/jobs/${encodeURIComponent(id)}`;
export const post = (body?: unknown): RequestInit =>
  body === undefined ? { method: "POST" } : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };

export type JobFilter = { status?: string; pipeline?: string; q?: string; group?: string; cursor?: string | null; limit?: number };

export const listJobs = (filter: JobFilter, signal?: AbortSignal) => call<JobPage>(`/api/v1/jobs${query(filter)}`, signal ? { signal } : {});
export const showJob = (id: string) => call<Job>(jobPath(id));
export const jobMessages = async (id: string) => (await call<{ items: JobMessage[] }>(`${jobPath(id)}/messages`)).items;
export const cancelJob = (id: string) => call<Job>(`${jobPath(id)}/cancel`, post());
export const retryJob = (id: string, from: string) => call<Job>(`${jobPath(id)}/retry`, post({ from }));
export const deleteJob = (id: string) => call<void>(jobPath(id), { method: "DELETE" });
export const listPipelines = async () => (await call<{ items: Pipeline[] }>("/api/v1/pipelines")).items;
export const jobMetrics = () => call<Metrics>("/api/v1/jobs/metrics");
export const readJson = (url: string) => call<unknown>(url);

/** What an event of a job may carry; which fields are set depends on `kind`. Progress is not kept, so it has no `seq`. */
export type JobEvent = {
  seq: number | null; at: string; kind: string; job_id: string; file_id?: string; task_id?: string; step?: string; attempt?: number;
  state?: string; status?: string; progress?: number; phase?: string | null; eta_seconds?: number | null;
  error?: { code: string; message: string; fault: string } | null;
};

export const eventsUrl = (id: string, after: number) => `${jobPath(id)}/events${query({ after: after > 0 ? after : null })}`;
export const eventPage = (id: string, after: number) =>
  call<{ items: JobEvent[]; next_after: number }>(`${jobPath(id)}/events${query({ format: "json", after })}`);

export type Health = { ready: boolean; parts: [name: string, status: string, detail: string][] };

/** Health answers 503 with the same body when a part fails, so both answers are read alike. */
export async function health(): Promise<Health> {
  const response = await fetch("/health/ready").catch(() => null);
  const body: unknown = await response?.json().catch(() => null);
  const parts = typeof body === "object" && body !== null && "parts" in body ? body.parts : null;
  const rows = typeof parts === "object" && parts !== null ? Object.entries(parts as Record<string, { status?: string; detail?: unknown }>) : [];
  return { ready: response?.ok ?? false, parts: rows.map(([name, part]) => [name, part.status ?? "unknown", typeof part.detail === "string" ? part.detail : ""]) };
}
