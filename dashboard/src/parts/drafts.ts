// What is typed over a record and not saved yet, with what there is to say of it. It stays for as long as the document does, so that a
// look at another record loses nothing.
import { useEffect, useState } from "preact/hooks";
import { since, without, type Edits } from "../words/edits";
import type { Value } from "../words/fields";

export type Told = { tone: "good" | "warning" | "error"; words: string } | null;

export type Draft = {
  edits: Edits; wrong: Readonly<Record<string, string>>; clashes: readonly string[]; told: Told;
  set: (path: string, value: Value) => void; undo: (...paths: string[]) => void; tell: (told: Told, wrong?: Record<string, string>) => void;
  /** Takes the edits of a merge, with the paths at which somebody else changed something too. */
  take: (edits: Edits, clashes: readonly string[]) => void;
  /** These are saved; what was typed since is not. */
  saved: (edits: Edits) => void;
};

const drafts = new Map<string, Edits>();
const warn = (event: BeforeUnloadEvent) => event.preventDefault();

function keep(file: string, edits: Edits): void {
  if (Object.keys(edits).length > 0) drafts.set(file, edits);
  else drafts.delete(file);
  if (drafts.size > 0) addEventListener("beforeunload", warn);
  else removeEventListener("beforeunload", warn);
}

export function useDraft(file: string): Draft {
  const [edits, setEdits] = useState<Edits>(drafts.get(file) ?? {});
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const [clashes, setClashes] = useState<readonly string[]>([]);
  const [told, setTold] = useState<Told>(null);
  useEffect(() => keep(file, edits), [file, edits]);
  const touch = (...paths: string[]) => {
    setWrong((known) => Object.fromEntries(Object.entries(known).filter(([path]) => !paths.includes(path))));
    setTold(null);
  };
  const take = (merged: Edits, met: readonly string[]) => {
    // At once, and not after the next drawing: the page may be on its way to another record.
    keep(file, merged);
    setEdits(merged);
    setClashes(met);
  };
  return {
    edits, wrong, clashes, told, take,
    saved: (sent) => take(since(drafts.get(file) ?? {}, sent), []),
    set: (path, value) => {
      setEdits((known) => ({ ...known, [path]: value }));
      touch(path);
    },
    undo: (...paths) => {
      setEdits((known) => without(known, ...paths));
      touch(...paths);
    },
    tell: (words, found = {}) => {
      setTold(words);
      setWrong(found);
    },
  };
}
