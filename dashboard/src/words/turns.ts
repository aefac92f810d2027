// The states of a file on its way in, and whose turn it is. Pure.

/** `missing` was begun by an earlier visit and waits for its file; `waiting` lost its connection and tries again by itself. */
export type State = "missing" | "queued" | "sending" | "waiting" | "paused" | "stopped" | "there";

const AT_ONCE = 3;

/** Whether it goes on without anybody doing anything. */
export const isMoving = (state: State): boolean => state === "queued" || state === "sending" || state === "waiting";

/** Places of the files that may begin now, in the order in which they were chosen. */
export function due(states: readonly State[]): number[] {
  const busy = states.filter((state) => state === "sending" || state === "waiting").length;
  const queued = states.flatMap((state, place) => (state === "queued" ? [place] : []));
  return queued.slice(0, Math.max(0, AT_ONCE - busy));
}
