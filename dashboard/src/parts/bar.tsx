// A progress bar: furrows that move while work is done, a plain fill once it has ended.
import { clamp, percent } from "../words/amounts";

export type Tone = "active" | "done" | "failed" | "unsure" | "quiet";

export function toneOf(status: string): Tone {
  switch (status) {
    case "completed": case "succeeded": return "done";
    case "failed": case "dead": case "expired": return "failed";
    case "processing": case "running": return "active";
    default: return "quiet";
  }
}

type Props = { label: string; value: number; tone: Tone; testid?: string; size?: "thick" | "thin" | "hair"; text?: string };

export function Bar({ label, value, tone, testid, size, text }: Props) {
  const shown = clamp(value);
  return (
    <div class={`bar ${tone} ${size ?? ""}`} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100}
      aria-valuenow={Math.round(shown * 1000) / 10} aria-valuetext={text ?? percent(shown)} data-testid={testid}>
      <span class="bar-fill" style={{ width: `${shown * 100}%` }} />
    </div>
  );
}
