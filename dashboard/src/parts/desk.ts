// One record on the desk: what the server has, what a person typed over it, and how the two come together.
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../api/client";
import { reviewRecord, showRecord, type Detail, type State } from "../api/records";
import { savedReviewer } from "../api/reviewer";
import { corrections, problems, rebase, type Edits } from "../words/edits";
import { useDraft, type Draft } from "./drafts";

export type Desk = Draft & {
  detail: Detail | null; error: Refusal | null; busy: boolean;
  /** Saves what was typed, and where the record stands from now on; null if it was refused. */
  save: (state?: State) => Promise<Detail | null>; reload: () => Promise<void>;
};

const refusalOf = (cause: unknown) => (cause instanceof Refusal ? cause : new Refusal(0, "unreadable", "The answer could not be read."));

export function useDesk(file: string): Desk {
  const [detail, setDetail] = useState<Detail | null>(null);
  const [error, setError] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const draft = useDraft(file);
  const read = async (): Promise<Detail | null> => {
    try {
      const fresh = await showRecord(file);
      setDetail(fresh);
      setError(null);
      return fresh;
    } catch (cause) {
      setError(refusalOf(cause));
      return null;
    }
  };
  useEffect(() => void read(), [file]);

  const save = async (state?: State): Promise<Detail | null> => {
    if (!detail || busy) return null;
    setBusy(true);
    const sent = corrections(draft.edits, detail.fields);
    const reviewer = savedReviewer();
    try {
      const fresh = await reviewRecord(file, { revision: detail.revision, corrections: sent, ...(state ? { state } : {}), ...(reviewer ? { reviewer } : {}) });
      setDetail(fresh);
      draft.saved(draft.edits);
      draft.tell({ tone: "good", words: state ? `Saved. The record is ${state}.` : "Saved." });
      return fresh;
    } catch (cause) {
      const refusal = refusalOf(cause);
      if (refusal.status === 409) meet(draft, detail, await read());
      else refused(draft, refusal, sent);
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { ...draft, detail, error, busy, save, reload: async () => void (await read()) };
}

/** Somebody else was faster: theirs is shown, what was typed here stays, and it is said where the two meet. */
function meet(draft: Draft, seen: Detail, fresh: Detail | null): void {
  if (!fresh) return draft.tell({ tone: "error", words: "Somebody else changed this record meanwhile, and it could not be read again. What you typed is kept." });
  const { edits, clashes } = rebase(draft.edits, seen.fields, fresh.fields);
  draft.take(edits, clashes);
  draft.tell({ tone: "warning", words: `${fresh.reviewed_by ?? "Somebody else"} changed this record meanwhile. It was read again; what you typed is kept and not saved yet.` });
}

function refused(draft: Draft, refusal: Refusal, sent: Edits): void {
  if (refusal.code !== "correction_invalid") return draft.tell({ tone: "error", words: refusal.message });
  const { "": rest, ...found } = problems(refusal.message, Object.keys(sent));
  draft.tell({ tone: "error", words: rest ?? "Nothing was saved: a value cannot stand. The reason stands at its field." }, found);
}
