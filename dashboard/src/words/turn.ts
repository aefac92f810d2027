// Which record is looked at first, and which comes next. Pure.
import { plural } from "./amounts";

type Record = { file_id: string; name: string; state: string; doubts: number; confidence: number };

/** Open ones first, then those with most doubts, then the least sure. */
export function byNeed<R extends Record>(records: readonly R[]): R[] {
  const rank = ({ state }: Record) => (state === "open" ? 0 : 1);
  return [...records].sort((a, b) => rank(a) - rank(b) || b.doubts - a.doubts || a.confidence - b.confidence || a.name.localeCompare(b.name, "en", { numeric: true }));
}

/** How many stand where: "4 open, 5 accepted, 1 rejected". */
export function standing(records: readonly Record[]): string {
  const said = ["open", "accepted", "rejected"].map((state) => [records.filter((record) => record.state === state).length, state] as const);
  return said.filter(([count]) => count > 0).map(([count, state]) => `${count} ${state}`).join(", ");
}

export const doubtWords = (doubts: number): string => (doubts === 0 ? "no doubts" : plural(doubts, "doubt"));

/** What an address of the page means: ids of jobs with commas between them, or else a group. */
export function about(of: string): { jobs: string[] } | { group: string } {
  const parts = of.split(",").filter(Boolean);
  return parts.length > 0 && parts.every((part) => /^job_[0-9a-zA-Z-]+$/.test(part)) ? { jobs: parts } : { group: of };
}
