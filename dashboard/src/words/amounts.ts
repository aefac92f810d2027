// Numbers as people read them: bytes, durations, percentages, moments. Pure; the clock is always handed in.

const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** Decimal units, as file managers show them: 1500 is "1.5 kB". */
export function bytes(count: number | null | undefined): string {
  if (count == null || !Number.isFinite(count)) return "–";
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${count === 1 ? "byte" : UNITS[unit]}`;
}

/** Two units at most: "420 ms", "8.4 s", "3 min 12 s", "2 h 5 min". */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, "min", "s");
  if (whole < 86_400) return pair(Math.round(whole / 60), 60, "h", "min");
  return pair(Math.round(whole / 3600), 24, "d", "h");
}

function pair(total: number, base: number, large: string, small: string): string {
  const rest = total % base;
  const head = `${Math.floor(total / base)} ${large}`;
  return rest === 0 ? head : `${head} ${rest} ${small}`;
}

/** Whole percent, rounded down so that "100 %" means done. */
export function percent(fraction: number): string {
  return `${Math.floor(clamp(fraction) * 100)} %`;
}

export function clamp(fraction: number): number {
  return Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
}

export function millis(time: string | null | undefined): number | null {
  if (!time) return null;
  const at = Date.parse(time);
  return Number.isNaN(at) ? null : at;
}

/** Seconds between two moments; an open end means "until now". */
export function span(from: string | null | undefined, to: string | null | undefined, now: number): number | null {
  const start = millis(from);
  if (start === null) return null;
  return Math.max(0, ((millis(to) ?? now) - start) / 1000);
}

/** "just now", "4 min ago", or the day once it is more than a week ago. */
export function ago(time: string | null | undefined, now: number): string {
  const at = millis(time);
  if (at === null) return "–";
  const seconds = (now - at) / 1000;
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return new Date(at).toLocaleDateString(undefined, { dateStyle: "medium" });
}

export function moment(time: string | null | undefined): string {
  const at = millis(time);
  return at === null ? "–" : new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

export function count(number: number): string {
  return number.toLocaleString("en");
}

/** Credits with as many places as they have, three at most. */
export function credits(amount: number): string {
  return amount.toLocaleString("en", { maximumFractionDigits: 3 });
}

/** The class of a name's element: one with a very long word is broken anywhere, others between words. */
export function breaks(name: string): string {
  return name.split(/\s/).some((word) => word.length > 40) ? "unbroken" : "";
}

/** The part of an id that a person can hold in the head: `job_1a2b3c4d`. */
export function shortId(id: string): string {
  const [kind, rest] = id.split("_");
  return rest === undefined ? id.slice(0, 12) : `${kind}_${rest.slice(-8)}`;
}
