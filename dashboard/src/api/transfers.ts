// All uploads of this page, from the choice of files to their jobs. They belong to the document and not to a component, so that
// they go on while other pages are looked at. A lot is the files of one job to be; each of its changes is kept by `shelf.ts`.
import { noted, type Sample } from "../words/pace";
import { isSame, keptFile, requestOf, without, type Kept, type KeptFile } from "../words/kept";
import { due, isMoving, type State } from "../words/turns";
import { post, call, Refusal, type Submitted } from "./client";
import { drop, heldKeys, hold, keep, records } from "./shelf";
import { endUpload, offsetOf, sendFile } from "./tus";

export type Transfer = { place: number; kept: KeptFile; file: File | null; state: State; bytes: number; samples: readonly Sample[]; refusal: Refusal | null; stop: () => void };

/** `here` was begun or gone on with by this page, else an earlier visit left it; `elsewhere` is under way in another tab. */
export type Lot = {
  record: Kept; transfers: Transfer[]; here: boolean; elsewhere: boolean; release: () => void;
  submitting: boolean; submitted: Submitted | null; refusal: Refusal | null;
};

export type Plan = { pipeline: string; priority: string; group: string | null; files: File[] };

const SUBMIT_RETRY_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];
const SHOWN_EVERY_MS = 250;

let lots: Lot[] = [];
let places = 0;
let shown: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

export const allLots = (): readonly Lot[] => lots;

export function whenChanged(act: () => void): () => void {
  listeners.add(act);
  return () => void listeners.delete(act);
}

/** Whether closing the page would stop something. */
export const isBusy = (): boolean => lots.some((lot) => lot.submitting || lot.transfers.some(({ state }) => isMoving(state)));

const warn = (event: BeforeUnloadEvent) => event.preventDefault();

function changed(): void {
  clearTimeout(shown);
  shown = undefined;
  if (isBusy()) addEventListener("beforeunload", warn);
  else removeEventListener("beforeunload", warn);
  for (const act of listeners) act();
}

/** Progress comes many times a second; figures that are read change a few times only. */
const moved = () => void (shown ??= setTimeout(changed, SHOWN_EVERY_MS));

function transferOf(kept: KeptFile, file: File | null): Transfer {
  const state = kept.there ? "there" : file ? "queued" : "missing";
  return { place: (places += 1), kept, file, state, bytes: kept.there ? kept.size : 0, samples: [], refusal: null, stop: () => undefined };
}

const lotOf = (record: Kept, files: readonly File[]): Lot => ({
  record, transfers: record.files.map((kept, index) => transferOf(kept, files[index] ?? null)), here: files.length > 0, elsewhere: false, release: () => undefined,
  submitting: false, submitted: null, refusal: null,
});

const randomKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Begins to upload; each plan becomes one job. */
export async function begin(plans: readonly Plan[]): Promise<void> {
  const made = plans.map(({ files, ...rest }) => lotOf({ key: randomKey(), begun: new Date().toISOString(), ...rest, asked: false, files: files.map(keptFile) }, files));
  lots = [...lots, ...made];
  changed();
  for (const lot of made) {
    lot.release = (await hold(lot.record.key)) ?? lot.release;
    keep(lot.record);
  }
  advance();
}

function advance(): void {
  const running = lots.filter((lot) => lot.here).flatMap((lot) => lot.transfers.map((transfer) => ({ lot, transfer })));
  for (const place of due(running.map(({ transfer }) => transfer.state))) {
    const next = running[place];
    if (next) send(next.lot, next.transfer);
  }
  changed();
}

function send(lot: Lot, transfer: Transfer): void {
  if (!transfer.file) return;
  Object.assign(transfer, { state: "sending", samples: [], refusal: null });
  transfer.stop = sendFile(transfer.file, transfer.kept.id, {
    onCreated: (id) => {
      transfer.kept.id = id;
      keep(lot.record);
    },
    onProgress: (bytes) => {
      Object.assign(transfer, { state: "sending", bytes, samples: noted(transfer.samples, Date.now(), bytes) });
      moved();
    },
    onWaiting: () => {
      Object.assign(transfer, { state: "waiting", samples: [] });
      changed();
    },
    onThere: () => {
      transfer.kept.there = true;
      Object.assign(transfer, { state: "there", bytes: transfer.kept.size });
      keep(lot.record);
      if (isWhole(lot)) void submit(lot);
      advance();
    },
    onRefused: (refusal) => {
      Object.assign(transfer, { state: "stopped", refusal });
      advance();
    },
  });
}

export const isWhole = (lot: Lot): boolean => lot.transfers.every(({ state }) => state === "there");

export function pause(transfer: Transfer): void {
  transfer.stop();
  Object.assign(transfer, { state: "paused", samples: [] });
  advance();
}

/** Goes on with a transfer, unless another tab is at it; one of an earlier visit needs its file. */
export async function resume(lot: Lot, transfer: Transfer, file = transfer.file): Promise<void> {
  if (!file || !(await takeUp(lot))) return;
  Object.assign(transfer, { file, state: "queued", refusal: null });
  advance();
}

async function takeUp(lot: Lot): Promise<boolean> {
  if (lot.here) return true;
  const release = await hold(lot.record.key);
  Object.assign(lot, { here: release !== null, elsewhere: release === null, release: release ?? lot.release });
  changed();
  return release !== null;
}

/** Goes on with those of the files that an unfinished upload waits for, and answers with the others. */
export function goOnWith(files: readonly File[]): File[] {
  const taken = new Set<Transfer>();
  return files.filter((file) => {
    for (const lot of lots.filter(({ elsewhere }) => !elsewhere)) {
      const transfer = lot.transfers.find((one) => one.state === "missing" && !taken.has(one) && isSame(one.kept, file));
      if (!transfer) continue;
      taken.add(transfer);
      void resume(lot, transfer, file);
      return false;
    }
    return true;
  });
}

/** Takes a file out of its lot, here and at the server. A lot of no files is none. */
export function forget(lot: Lot, transfer: Transfer): void {
  transfer.stop();
  if (transfer.kept.id) void endUpload(transfer.kept.id);
  lot.transfers = lot.transfers.filter((one) => one !== transfer);
  lot.record.files = lot.transfers.map(({ kept }) => kept);
  lot.refusal = null;
  if (lot.transfers.length > 0) keep(lot.record);
  else remove(lot);
  advance();
}

function remove(lot: Lot): void {
  drop(lot.record.key);
  lot.release();
  lots = lots.filter((one) => one !== lot);
}

/** Makes the job, once: the key is the record's, so a submit that was heard and not answered may be said again. */
export async function submit(lot: Lot): Promise<void> {
  if (lot.submitting || lot.submitted || !(await takeUp(lot))) return;
  Object.assign(lot, { submitting: true, refusal: null });
  lot.record.asked = true;
  keep(lot.record);
  changed();
  try {
    lot.submitted = await insist(lot.record);
    // First what is kept here, then what the server keeps: no reload may submit what is being deleted.
    drop(lot.record.key);
    lot.release();
    for (const { kept } of lot.transfers) if (kept.id) void endUpload(kept.id);
  } catch (cause) {
    const refusal = cause instanceof Refusal ? cause : new Refusal(0, "unreadable", "The answer could not be read.");
    lot.refusal = refusal;
    lot.record.asked = isUnsure(refusal);
    keep(lot.record);
    if (refusal.status === 404) await see(lot);
  }
  lot.submitting = false;
  changed();
}

const isUnsure = ({ status }: Refusal) => status === 0 || status >= 500;

async function insist(record: Kept): Promise<Submitted> {
  const request = post(requestOf(record));
  for (const wait of SUBMIT_RETRY_MS) {
    try {
      return await ask(request, record.key);
    } catch (cause) {
      if (!(cause instanceof Refusal) || !isUnsure(cause)) throw cause;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return ask(request, record.key);
}

const ask = (request: RequestInit, key: string) => call<Submitted>("/api/v1/jobs", { ...request, headers: { ...request.headers, "idempotency-key": key } });

/** Lets what is done go from the page; what is unfinished stays as something to go on with. */
export function leave(): void {
  for (const lot of lots.filter(({ here }) => here)) {
    if (lot.submitted) remove(lot);
    else {
      lot.release();
      lot.here = false;
    }
  }
  changed();
}

/** Reads what earlier visits left, and what other tabs made of it since. How much of it the server has is for `look` to ask. */
export function recall(): void {
  const own = lots.filter(({ here }) => here);
  const others = records().filter(({ key }) => !own.some(({ record }) => record.key === key));
  const known = (record: Kept) => lots.find((lot) => JSON.stringify(lot.record) === JSON.stringify(record));
  lots = [...own, ...others.map((record) => known(record) ?? lotOf(record, []))];
}

/** Looks again at what earlier visits left: which tab is at it, how much the server has, what it has forgotten. */
export async function look(): Promise<void> {
  recall();
  const held = new Set(await heldKeys());
  for (const lot of lots.filter(({ here }) => !here)) {
    lot.elsewhere = held.has(lot.record.key);
    if (lot.elsewhere) continue;
    if (lot.record.asked && isWhole(lot) && !lot.refusal) void submit(lot);
    else await see(lot);
  }
  changed();
}

async function see(lot: Lot): Promise<void> {
  const offsets = await Promise.all(lot.transfers.map(({ kept }) => (kept.id ? offsetOf(kept.id) : null)));
  if (lot.transfers.some(({ state }) => isMoving(state))) return;
  const gone: string[] = [];
  lot.transfers.forEach((transfer, index) => {
    const offset = offsets[index];
    if (typeof offset === "number") transfer.bytes = offset;
    if (offset !== "gone" || !transfer.kept.id) return;
    if (transfer.file) startsOver(transfer);
    else gone.push(transfer.kept.id);
  });
  if (gone.length === 0) return;
  const rest = without(lot.record, gone);
  if (rest === null) return remove(lot);
  lot.transfers = lot.transfers.filter(({ kept }) => rest.files.includes(kept));
  lot.record.files = rest.files;
  keep(lot.record);
}

/** The server forgot it, but its file is still at hand. */
function startsOver(transfer: Transfer): void {
  Object.assign(transfer.kept, { id: null, there: false });
  Object.assign(transfer, { state: "stopped", bytes: 0, refusal: new Refusal(404, "upload_not_found", "The server has forgotten this upload. It can be sent again.") });
}

addEventListener("online", () => {
  for (const lot of lots.filter(({ here }) => here)) {
    for (const transfer of lot.transfers) if (transfer.state === "stopped" && transfer.refusal?.code === "unreachable") void resume(lot, transfer);
  }
});
