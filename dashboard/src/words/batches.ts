// Sorts chosen files into the jobs they will become, with a word of warning where a refusal is to be expected. Pure.
import type { Pipeline } from "../api/client";
import { guess, kindOf, takes, type Kind } from "./kinds";

/** The choice "each file to the pipeline for its type". */
export const BY_TYPE = "";

export type Chosen = { key: number; file: File; kind: Kind };
export type Entry = Chosen & { warning: string | null };
export type Batch = { pipeline: string; entries: Entry[] };

export const chosen = (file: File, key: number): Chosen => ({ key, file, kind: kindOf(file.name, file.type) });

function warn(entry: Chosen, pipeline: Pipeline | undefined): string | null {
  if (entry.file.size === 0) return "It is empty (or a folder), so it will be refused.";
  if (pipeline && !takes(pipeline, entry.kind)) return `The ${pipeline.name} pipeline does not take ${entry.kind} files, so it will be skipped.`;
  if (entry.kind === "unknown") return "Its type cannot be told from its name; the server will look inside.";
  return null;
}

/** One batch a pipeline, in the order in which the files first ask for it. */
export function batches(entries: readonly Chosen[], pipelines: readonly Pipeline[], choice: string): Batch[] {
  const sure = entries.map((entry) => guess(pipelines, entry.kind)).find((found) => found !== undefined) ?? pipelines[0];
  const made = new Map<string, Batch>();
  for (const entry of entries) {
    const pipeline = choice === BY_TYPE ? (guess(pipelines, entry.kind) ?? sure) : pipelines.find((known) => known.name === choice);
    const name = pipeline?.name ?? choice;
    const batch = made.get(name) ?? { pipeline: name, entries: [] };
    made.set(name, batch);
    batch.entries.push({ ...entry, warning: warn(entry, pipeline) });
  }
  return [...made.values()];
}
