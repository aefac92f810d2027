// Tells a screen reader how a job goes on: each change of status, and progress in steps of a quarter, never each tick.
import { clamp } from "../words/amounts";

export function Announce({ status, progress, what }: { status: string; progress: number; what: string }) {
  const quarter = Math.floor(clamp(progress) * 4) * 25;
  const words = status === "processing" && quarter > 0 && quarter < 100 ? `${what}: ${quarter} percent` : `${what}: ${status}`;
  return <p class="unseen" role="status" aria-live="polite">{words}</p>;
}
