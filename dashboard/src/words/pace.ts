// How fast an upload goes and how long it will still take: a mean over the last seconds, so that the figure neither jumps with
// each packet nor remembers how it was a minute ago. Pure; the clock is always handed in.
import { duration } from "./amounts";

export type Sample = { at: number; bytes: number };

const WINDOW_MS = 6000;
const BETWEEN_MS = 200;
const LEAST_MS = 1000;

/** The samples with one more. Fewer bytes than before mean that it began anew from there, so what was measured no longer counts. */
export function noted(samples: readonly Sample[], at: number, bytes: number): readonly Sample[] {
  const last = samples.at(-1);
  if (!last || bytes < last.bytes) return [{ at, bytes }];
  if (at - last.at < BETWEEN_MS) return samples;
  // The newest of those that are too old stays, as the start of the window.
  const old = samples.filter((sample) => sample.at <= at - WINDOW_MS).length;
  return [...samples.slice(Math.max(0, old - 1)), { at, bytes }];
}

/** Bytes a second, or null while too little was seen to tell. It sinks while nothing comes. */
export function speed(samples: readonly Sample[], now: number): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || now - first.at < LEAST_MS) return null;
  return now - last.at > WINDOW_MS ? 0 : ((last.bytes - first.bytes) * 1000) / (now - first.at);
}

/** Seconds for the rest at this speed, or null if nobody can tell. */
export function secondsLeft(rest: number, bytesASecond: number | null): number | null {
  if (rest <= 0) return 0;
  return bytesASecond === null || bytesASecond < 1 ? null : rest / bytesASecond;
}

/** A guess said as coarsely as it is: by the second, then in steps of five, then by the minute. */
export function timeLeft(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return "";
  const step = seconds < 20 ? 1 : seconds < 120 ? 5 : 60;
  const whole = Math.max(1, Math.round(seconds / step)) * step;
  return `${whole < 10 ? `${whole} s` : duration(whole)} left`;
}
