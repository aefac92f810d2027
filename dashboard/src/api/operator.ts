// What those who run the service ask and do: queues, workers, dead letters, credits.
import { call, post, query, type Answer } from "./client";

export type QueuePage = Answer<"/api/v1/queues", "get", 200>;
export type Queue = QueuePage["items"][number];
export type Broker = QueuePage["brokers"][number];
export type Worker = Answer<"/api/v1/workers", "get", 200>["items"][number];
export type DeadPage = Answer<"/api/v1/dead", "get", 200>;
export type DeadLetter = DeadPage["items"][number];
export type DeadGroup = DeadPage["groups"][number];
export type Balance = Answer<"/api/v1/credits", "get", 200>;
export type LedgerPage = Answer<"/api/v1/credits/ledger", "get", 200>;
export type DeadChoice = { tasks?: string[]; code?: string; pipeline?: string; all?: boolean };

const given = (signal?: AbortSignal): RequestInit => (signal ? { signal } : {});

export const listQueues = (signal?: AbortSignal) => call<QueuePage>("/api/v1/queues", given(signal));
export const pauseQueue = (name: string, paused: boolean) => call<Queue>(`/api/v1/queues/${encodeURIComponent(name)}/${paused ? "pause" : "resume"}`, post({}));
export const listWorkers = async (signal?: AbortSignal) => (await call<{ items: Worker[] }>("/api/v1/workers", given(signal))).items;
export const listDead = (cursor: string | null, signal?: AbortSignal) => call<DeadPage>(`/api/v1/dead${query({ cursor, limit: 50 })}`, given(signal));
export const redriveDead = (choice: DeadChoice) => call<{ count: number }>("/api/v1/dead/redrive", post(choice));
export const purgeDead = (choice: DeadChoice) => call<{ count: number }>("/api/v1/dead/purge", post(choice));
export const balance = (signal?: AbortSignal) => call<Balance>("/api/v1/credits", given(signal));
export const ledger = (cursor: string | null, signal?: AbortSignal) => call<LedgerPage>(`/api/v1/credits/ledger${query({ cursor, limit: 25 })}`, given(signal));
