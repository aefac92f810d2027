// What this browser keeps of uploads that are under way, so that a closed tab loses nothing: which files were meant for which job,
// and under what ids the server has their bytes. Never the bytes. Pure; where it is kept is `api/shelf.ts`.

/** A file is the same if its name, size and date are; `id` is the server's, once it has heard of it. */
export type KeptFile = { name: string; size: number; modified: number; id: string | null; there: boolean };

/** One job to be: `key` makes the submit count once, `asked` says that a submit may already have reached the server. */
export type Kept = { key: string; begun: string; pipeline: string; priority: string; group: string | null; asked: boolean; files: KeptFile[] };

export const keptFile = (file: File): KeptFile => ({ name: file.name, size: file.size, modified: file.lastModified, id: null, there: false });

export const isSame = (kept: KeptFile, file: File): boolean => kept.name === file.name && kept.size === file.size && kept.modified === file.lastModified;

/** What the job is submitted with. The same text for the same record, as the server compares repeated submits. */
export function requestOf(kept: Kept): Record<string, unknown> {
  const files = kept.files.map((file) => ({ source: `upload:${file.id}`, name: file.name }));
  return { pipeline: kept.pipeline, priority: kept.priority, ...(kept.group ? { group: kept.group } : {}), files };
}

/** The record without the files that the server has forgotten; null if it has nothing of this job any more. */
export function without(kept: Kept, gone: readonly string[]): Kept | null {
  const files = kept.files.filter((file) => file.id === null || !gone.includes(file.id));
  return files.some((file) => file.id !== null) ? { ...kept, files } : null;
}

/** Reads a record. What another build wrote, or a person changed, is no record. */
export function parsed(text: string | null): Kept | null {
  try {
    const found: unknown = JSON.parse(text ?? "");
    return isKept(found) ? found : null;
  } catch {
    return null;
  }
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const areTexts = (value: Fields, ...names: string[]) => names.every((name) => typeof value[name] === "string");
const isKept = (value: unknown): value is Kept => isFields(value) && areTexts(value, "key", "begun", "pipeline", "priority")
  && (value["group"] === null || typeof value["group"] === "string") && typeof value["asked"] === "boolean"
  && Array.isArray(value["files"]) && value["files"].length > 0 && value["files"].every(isKeptFile);
const isKeptFile = (value: unknown): value is KeptFile => isFields(value) && areTexts(value, "name")
  && Number.isFinite(value["size"]) && Number.isFinite(value["modified"]) && typeof value["there"] === "boolean"
  && (value["id"] === null || (typeof value["id"] === "string" && /^[\w-]+$/.test(value["id"])));
