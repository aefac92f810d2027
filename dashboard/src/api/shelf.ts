// Where records of unfinished uploads lie: one entry a job in this browser, and a lock that tells whether a tab is at it.
import { parsed, type Kept } from "../words/kept";

const PREFIX = "gristmill:upload:";

/** A browser that keeps nothing (full, or forbidden) still uploads; it only cannot go on after a closed tab. */
export function keep(record: Kept): void {
  try {
    localStorage.setItem(PREFIX + record.key, JSON.stringify(record));
  } catch {
    // Nothing can be done about it here.
  }
}

export function drop(key: string): void {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // It was not kept either.
  }
}

/** All records, oldest first; what cannot be read is thrown away. */
export function records(): Kept[] {
  let names: string[] = [];
  try {
    names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  } catch {
    return [];
  }
  const found = names.flatMap((name) => parsed(localStorage.getItem(name)) ?? (localStorage.removeItem(name), []));
  return found.sort((one, other) => one.begun.localeCompare(other.begun));
}

/** Takes the lock of a record; null if another tab has it. Without locks (plain HTTP from afar) everybody gets it. */
export function hold(key: string): Promise<(() => void) | null> {
  // Typed as always there, but missing where the page did not come over a safe way.
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return Promise.resolve(() => undefined);
  return new Promise((resolve) => {
    const use = (lock: Lock | null) => (lock ? new Promise<void>((release) => resolve(release)) : resolve(null));
    void locks.request(PREFIX + key, { ifAvailable: true }, use);
  });
}

/** Keys of records that some tab is at. */
export async function heldKeys(): Promise<string[]> {
  const locks = navigator.locks as LockManager | undefined;
  const held = (await locks?.query())?.held ?? [];
  return held.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
}
