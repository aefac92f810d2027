// One file by tus 1.0.0: announced, sent in one piece, gone on with where the server says it stands. The library is loaded by the
// first file only. It cuts nothing: the server makes durable what comes, so a broken request loses next to nothing.
import type { DetailedError, HttpRequest, Upload, UploadOptions } from "tus-js-client";
import { Refusal, refusalFrom } from "./client";
import { askForKey, authorization } from "./key";

const UPLOADS = "/api/v1/uploads";
const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 60_000, 60_000];
const BUSY = [408, 409, 423];
const pathOf = (id: string) => `${UPLOADS}/${encodeURIComponent(id)}`;

export type Told = {
  /** The id under which the server keeps it; a new one if it had forgotten the old one. */
  onCreated: (id: string) => void;
  onProgress: (bytes: number) => void;
  /** The connection was lost or the server is ill; it is tried again by itself. */
  onWaiting: () => void;
  onThere: () => void;
  onRefused: (refusal: Refusal) => void;
};

/** Sends a file, or the rest of it if there is an `id`. The answer stops it; what has come stays at the server. */
export function sendFile(file: File, id: string | null, told: Told): () => void {
  let stopped = false;
  let upload: Upload | null = null;
  const stop = () => {
    stopped = true;
    void upload?.abort();
  };
  const refuse = (refusal: Refusal) => {
    if (stopped) return;
    stop();
    if (refusal.status === 401) askForKey();
    told.onRefused(refusal);
  };
  void import("tus-js-client").then((tus) => {
    const begin = (known: string | null, again: boolean) => {
      if (stopped) return;
      const sending = new tus.Upload(file, {
        ...common(file),
        ...(known ? { uploadUrl: new URL(pathOf(known), location.href).href } : { endpoint: new URL(UPLOADS, location.href).href }),
        onUploadUrlAvailable: () => told.onCreated(idOf(sending.url)),
        onProgress: (bytes) => !stopped && told.onProgress(bytes),
        onSuccess: () => !stopped && told.onThere(),
        onShouldRetry: (error) => {
          const goesOn = mayRetry(statusOf(error));
          if (goesOn && !stopped) told.onWaiting();
          if (statusOf(error) === 0) void isReadable(file).then((readable) => readable || refuse(CHANGED));
          return goesOn;
        },
        onError: (error) => {
          const refusal = refusalOf(error);
          // It was there once: begin again, but not over and over.
          if (sending.url && again && isGone(refusal.status)) begin(null, false);
          else refuse(refusal);
        },
      });
      upload = sending;
      sending.start();
    };
    begin(id, true);
  }).catch(() => refuse(refusalFrom(0, "")));
  return stop;
}

const common = (file: File): UploadOptions => ({
  metadata: { filename: file.name, ...(file.type ? { filetype: file.type } : {}) },
  retryDelays: RETRY_MS,
  storeFingerprintForResuming: false,
  onBeforeRequest: (request: HttpRequest) => {
    for (const [name, value] of Object.entries(authorization())) request.setHeader(name, value);
  },
});

const CHANGED = new Refusal(0, "file_changed", "The file was changed, moved or deleted while it was sent. Forget it here, and choose it anew.");
const isGone = (status: number) => status === 404 || status === 410;
const mayRetry = (status: number) => status === 0 || status >= 500 || BUSY.includes(status);
const statusOf = (error: DetailedError) => error.originalResponse?.getStatus() ?? 0;
const idOf = (url: string | null) => decodeURIComponent(new URL(url ?? "", location.href).pathname.split("/").at(-1) ?? "");
const isReadable = (file: File) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

function refusalOf(error: Error | DetailedError): Refusal {
  if (!("originalRequest" in error)) return new Refusal(0, "upload_broke", "The upload broke off. Try again.");
  return refusalFrom(statusOf(error), error.originalResponse?.getBody() ?? "");
}

async function ask(method: string, id: string): Promise<Response> {
  return fetch(pathOf(id), { method, headers: { "tus-resumable": "1.0.0", ...authorization() } });
}

/** How many bytes the server has of it; "gone" if it has forgotten it, null if it cannot be told at the moment. */
export async function offsetOf(id: string): Promise<number | "gone" | null> {
  const answer = await ask("HEAD", id).catch(() => null);
  if (!answer) return null;
  if (answer.status === 401) askForKey();
  if (isGone(answer.status)) return "gone";
  const offset = answer.headers.get("upload-offset");
  return answer.ok && offset !== null ? Number(offset) : null;
}

/** Tells the server to forget it. If that fails, it forgets by itself after a while. */
export async function endUpload(id: string): Promise<void> {
  await ask("DELETE", id).catch(() => undefined);
}
