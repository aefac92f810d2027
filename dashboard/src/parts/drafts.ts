// What is typed over a record and not saved yet, with what there is to say of it. It stays for as long as the document does, so that a
// look at another record loses nothing.
import { useState } from "preact/hooks";
import { rebase, since, without, type Edits } from "../words/edits";
import type { Field, Value } from "../words/fields";

export type Told = { tone: "good" | "warning" | "error"; words: string } | null;

/** A record as a person saw it while typing. */
type Seen = { revision: number; fields: readonly Field[] };
type Kept = { edits: Edits; seen: Seen };

export type Draft = {
  edits: Edits; wrong: Readonly<Record<string, string>>; clashes: readonly string[]; told: Told;
  set: (path: string, value: Value) => void; undo: (...paths: string[]) => void; tell: (told: Told, wrong?: Record<string, string>) => void;
  /** Lays what was typed over another revision over this one, and marks where both changed something. False if nothing had to be moved. */
  move: (fresh: Seen) => boolean;
  /** These are saved and made this revision; what was typed since is not saved. */
  saved: (edits: Edits, fresh: Seen) => void;
};

const drafts = new Map<string, Kept>();
const warn = (event: BeforeUnloadEvent) => event.preventDefault();

/** Before a record is seen nothing is typed over it. */
function keep(file: string, edits: Edits, seen: Seen | null): void {
  if (seen && Object.keys(edits).length > 0) drafts.set(file, { edits, seen });
  else drafts.delete(file);
  if (drafts.size > 0) addEventListener("beforeunload", warn);
  else removeEventListener("beforeunload", warn);
}

export function useDraft(file: string, shown: Seen | null): Draft {
  const [edits, setEdits] = useState<Edits>(drafts.get(file)?.edits ?? {});
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const [clashes, setClashes] = useState<readonly string[]>([]);
  const [told, setTold] = useState<Told>(null);
  const put = (next: Edits, seen: Seen | null) => {
    // At once, and not after the next drawing: the page may be on its way to another record.
    keep(file, next, seen);
    setEdits(next);
  };
  const change = (paths: string[], by: (edits: Edits) => Edits) => {
    const kept = drafts.get(file);
    put(by(kept?.edits ?? {}), kept?.seen ?? shown);
    setWrong((known) => Object.fromEntries(Object.entries(known).filter(([path]) => !paths.includes(path))));
    setTold(null);
  };
  return {
    edits, wrong, clashes, told,
    move: (fresh) => {
      const kept = drafts.get(file);
      if (!kept || kept.seen.revision === fresh.revision) return false;
      const moved = rebase(kept.edits, kept.seen.fields, fresh.fields);
      put(moved.edits, fresh);
      setClashes(moved.clashes);
      return Object.keys(moved.edits).length > 0;
    },
    saved: (sent, fresh) => {
      put(since(drafts.get(file)?.edits ?? {}, sent), fresh);
      setClashes([]);
    },
    set: (path, value) => change([path], (known) => ({ ...known, [path]: value })),
    undo: (...paths) => change(paths, (known) => without(known, ...paths)),
    tell: (words, found = {}) => {
      setTold(words);
      setWrong(found);
    },
  };
}
