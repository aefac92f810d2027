// The fields of a record as the review page shows them: which are in doubt, in which order, in which words. Pure.

export type Box = readonly [x0: number, y0: number, x1: number, y1: number];
export type Value = string | number | boolean | null;
export type Alternative = { text: string; value: Value; page?: number; box?: Box; confidence: number };
export type Check = { name: string; passed: boolean; detail: string };

/** One value with what speaks for and against it; `path` is a JSON pointer: `/total`, or `/items/0/amount` in a row. */
export type Field = {
  path: string; label: string; type: string; value: Value; text?: string; page?: number; box?: Box; confidence: number; status: string;
  required: boolean; checks: readonly Check[]; source?: string; alternatives: readonly Alternative[];
};

/** From here on a value is taken without a person, as the server has it. */
export const SURE = 0.9;

/** Whether a person should look: the same rule as the server's count of doubts. */
export function isDoubtful({ status, required, confidence }: Field): boolean {
  switch (status) {
    case "confirmed": return false;
    case "missing": return required;
    case "grounded": return confidence < SURE;
    default: return true;
  }
}

/** What is known of a value, as a person says it. */
export function statusWords(field: Field): string {
  switch (field.status) {
    case "grounded": return field.confidence < SURE ? "found, but not sure" : "found in the document";
    case "ungrounded": return "not found in the document";
    case "missing": return field.required ? "required, and not found" : "none found";
    case "invalid_format": return "in a form that cannot be read";
    case "failed_check": return failed(field.checks);
    case "ambiguous": return "may mean two things";
    case "confirmed": return "confirmed by a person";
    default: return field.status.replaceAll("_", " ");
  }
}

function failed(checks: readonly Check[]): string {
  const details = checks.filter(({ passed }) => !passed).map(({ name, detail }) => detail || name);
  return details.length > 0 ? `check failed: ${details.join("; ")}` : "does not go with the other values";
}

/** A value as it is typed; nothing for null. */
export const shown = (value: unknown): string => (value == null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

const isValue = (value: unknown): value is Value => value === null || ["string", "number", "boolean"].includes(typeof value);
const isBox = (box: unknown): box is Box => Array.isArray(box) && box.length === 4 && box.every(Number.isFinite);
const list = (of: unknown): readonly unknown[] => (Array.isArray(of) ? of : []);
type Raw = Record<string, unknown>;
const isRaw = (value: unknown): value is Raw => typeof value === "object" && value !== null;

function placed(raw: Raw): { page?: number; box?: Box } {
  const { page, box } = raw;
  return { ...(typeof page === "number" ? { page } : {}), ...(isBox(box) ? { box } : {}) };
}

/** Reads the fields of an answer; what is no field is left out. */
export function fieldsOf(raw: unknown): Field[] {
  return list(raw).filter(isRaw).filter(({ path }) => typeof path === "string").map((one) => ({
    ...placed(one), path: String(one["path"]), label: shown(one["label"]) || String(one["path"]), type: shown(one["type"]) || "text",
    value: isValue(one["value"]) ? one["value"] : JSON.stringify(one["value"] ?? null), confidence: Number(one["confidence"]) || 0,
    status: shown(one["status"]), required: one["required"] === true,
    ...(typeof one["text"] === "string" ? { text: one["text"] } : {}), ...(typeof one["source"] === "string" ? { source: one["source"] } : {}),
    checks: list(one["checks"]).filter(isRaw).map((check) => ({ name: shown(check["name"]), passed: check["passed"] === true, detail: shown(check["detail"]) })),
    alternatives: list(one["alternatives"]).filter(isRaw).map((other) => ({
      ...placed(other), text: shown(other["text"]), value: isValue(other["value"]) ? other["value"] : shown(other["value"]), confidence: Number(other["confidence"]) || 0,
    })),
  }));
}

/** A field that nobody has found yet, such as one of an added row. */
export const newField = (path: string, label: string, type: string): Field =>
  ({ path, label, type, value: null, confidence: 0, status: "missing", required: false, checks: [], alternatives: [] });

/** The list, row and column that a path names; null for a single value. */
export function placeOf(path: string): { list: string; row: number; column: string } | null {
  const found = /^\/([^/]+)\/(\d+)\/([^/]+)$/.exec(path);
  return found ? { list: found[1] ?? "", row: Number(found[2]), column: found[3] ?? "" } : null;
}

/** A name of a property as a heading: `line_items` is "Line items". */
export function headed(name: string): string {
  const words = name.replaceAll("~1", "/").replaceAll("~0", "~").replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
