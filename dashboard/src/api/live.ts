// Follows one job: a snapshot, then its events, and polling for as long as the stream cannot be had.
// What a viewer sees never goes backwards within one run, however late or doubled an event arrives.
import { eventsUrl, showJob, Refusal, type Job, type JobEvent, type JobFile, type Step } from "./client";

export type Connection = "live" | "polling" | "ended";
export type Listener = { onJob: (job: Job) => void; onEvent?: (event: JobEvent) => void; onConnection?: (state: Connection) => void; onError?: (error: Refusal) => void };

const KINDS = ["job.created", "job.started", "task.started", "task.progress", "task.ended", "file.ended", "job.progress", "job.ended"];
const ENDED = new Set(["completed", "failed", "cancelled", "expired"]);
const POLL_MS = 2000;
const REOPEN_MS = 8000;
const SETTLE_MS = 250;
const PROGRESS_MS = 1200;
const PROGRESS_MS_PER_FILE = 20;

export const hasEnded = (status: string) => ENDED.has(status);

/** A newer snapshot over what is shown: progress only grows unless an attempt or a whole run began anew. */
export function absorb(shown: Job | null, fresh: Job): Job {
  if (!shown || (hasEnded(shown.status) && !hasEnded(fresh.status))) return fresh;
  const before = new Map(shown.files.map((file) => [file.id, file]));
  const files = fresh.files.map((file) => absorbFile(before.get(file.id), file));
  return { ...fresh, files, progress: Math.max(shown.progress, fresh.progress) };
}

function absorbFile(shown: JobFile | undefined, fresh: JobFile): JobFile {
  if (!shown) return fresh;
  const before = new Map(shown.steps.map((step) => [step.task_id, step]));
  const steps = fresh.steps.map((step) => {
    const old = before.get(step.task_id);
    return old && old.attempts === step.attempts && old.state === step.state ? { ...step, progress: Math.max(old.progress, step.progress) } : step;
  });
  return { ...fresh, steps, progress: Math.max(shown.progress, fresh.progress) };
}

/** An event over what is shown. Only progress is taken from events; every change of state comes from a snapshot. */
export function apply(job: Job, event: JobEvent): Job {
  if (event.progress === undefined) return job;
  if (event.kind === "job.progress") return applyToJob(job, event, event.progress);
  if (event.kind !== "task.progress") return job;
  const { file_id, task_id, progress, phase } = event;
  const step = (old: Step): Step =>
    old.task_id === task_id && old.state === "running" ? { ...old, progress: Math.max(old.progress, progress), phase: phase ?? old.phase } : old;
  return { ...job, files: job.files.map((file) => (file.id === file_id ? { ...file, steps: file.steps.map(step) } : file)) };
}

function applyToJob(job: Job, event: JobEvent, progress: number): Job {
  if (hasEnded(job.status) || progress < job.progress) return job;
  return { ...job, progress, phase: event.phase ?? job.phase, eta_seconds: event.eta_seconds ?? null };
}

/** Starts following; the answer stops it. Ended jobs are read once. */
export function follow(id: string, listener: Listener): { stop: () => void; refresh: () => void } {
  let job: Job | null = null;
  let source: EventSource | null = null;
  let after = 0;
  let stopped = false;
  let settle: ReturnType<typeof setTimeout> | undefined;
  let settleDue = Infinity;
  let poll: ReturnType<typeof setTimeout> | undefined;
  let reopen: ReturnType<typeof setTimeout> | undefined;

  const show = (next: Job) => {
    job = next;
    listener.onJob(next);
  };

  const read = async () => {
    try {
      const fresh = await showJob(id);
      if (stopped) return;
      show(absorb(job, fresh));
      if (hasEnded(fresh.status)) close("ended");
      else if (!source && reopen === undefined) open();
    } catch (error) {
      if (stopped || !(error instanceof Refusal)) return;
      listener.onError?.(error);
      if (error.status !== 404) again();
    }
  };

  const again = () => {
    clearTimeout(poll);
    poll = setTimeout(read, POLL_MS);
  };

  // Events come in bursts, so one snapshot answers many of them; a change of state is shown sooner than mere progress.
  const soon = (event: JobEvent) => {
    // A job of very many files is a long answer, so it is asked for less often.
    const moved = Math.max(PROGRESS_MS, (job?.files.length ?? 0) * PROGRESS_MS_PER_FILE);
    const due = Date.now() + (event.kind.endsWith(".progress") ? moved : SETTLE_MS);
    if (due >= settleDue) return;
    clearTimeout(settle);
    settleDue = due;
    settle = setTimeout(() => {
      settleDue = Infinity;
      void read();
    }, due - Date.now());
  };

  const take = (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as JobEvent;
    if (event.seq != null) {
      if (event.seq <= after) return;
      after = event.seq;
      listener.onEvent?.(event);
    }
    if (!job) return;
    const next = apply(job, event);
    if (next !== job) show(next);
    soon(event);
    // The stream ends here by promise; left open, the browser would dial again for ever.
    if (event.kind === "job.ended") drop();
  };

  const open = () => {
    source = new EventSource(eventsUrl(id, after));
    for (const kind of KINDS) source.addEventListener(kind, take as EventListener);
    source.onopen = () => {
      clearTimeout(poll);
      listener.onConnection?.("live");
    };
    source.onerror = lost;
  };

  // The browser redials by itself with Last-Event-ID; meanwhile, and when it gives up, the job is polled.
  const lost = () => {
    listener.onConnection?.("polling");
    if (source?.readyState === EventSource.CLOSED) {
      drop();
      reopen ??= setTimeout(() => (reopen = undefined), REOPEN_MS);
    }
    keepPolling();
  };

  const keepPolling = () => {
    clearTimeout(poll);
    poll = setTimeout(async () => {
      await read();
      if (!stopped && job && !hasEnded(job.status) && source?.readyState !== EventSource.OPEN) keepPolling();
    }, POLL_MS);
  };

  const drop = () => {
    source?.close();
    source = null;
  };

  const close = (state: Connection) => {
    drop();
    clearTimeout(poll);
    clearTimeout(reopen);
    reopen = undefined;
    listener.onConnection?.(state);
  };

  void read();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(settle);
      close("ended");
    },
    refresh: () => void read(),
  };
}
