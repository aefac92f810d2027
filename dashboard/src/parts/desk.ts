// One record on the desk: what the server has, what a person typed over it, and how the two come together. Each record has a desk of its own.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "../api/client";
import { reviewRecord, showRecord, type Detail, type State } from "../api/records";
import { savedReviewer } from "../api/reviewer";
import { corrections, problems, type Edits } from "../words/edits";
import { useDraft, type Draft, type Told } from "./drafts";

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
  const draft = useDraft(file, detail);
  const left = useRef(false);
  const read = async (): Promise<Detail | null> => {
    try {
      const fresh = await showRecord(file);
      // Who has left hears nothing: what was typed is moved, and that told, on the next visit.
      if (left.current) return null;
      setDetail(fresh);
      setError(null);
      if (draft.move(fresh)) draft.tell(changed(fresh));
      return fresh;
    } catch (cause) {
      setError(refusalOf(cause));
      return null;
    }
  };
  useEffect(() => {
    void read();
    return () => {
      left.current = true;
    };
  }, []);

  const save = async (state?: State): Promise<Detail | null> => {
    if (!detail || busy) return null;
    setBusy(true);
    const sent = corrections(draft.edits, detail.fields);
    const reviewer = savedReviewer();
    try {
      const fresh = await reviewRecord(file, { revision: detail.revision, corrections: sent, ...(state ? { state } : {}), ...(reviewer ? { reviewer } : {}) });
      setDetail(fresh);
      draft.saved(draft.edits, fresh);
      draft.tell({ tone: "good", words: state ? `Saved. The record is ${state}.` : "Saved." });
      return fresh;
    } catch (cause) {
      const refusal = refusalOf(cause);
      if (refusal.status === 409) draft.tell(changed(await read()));
      else refused(draft, refusal, sent);
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { ...draft, detail, error, busy, save, reload: async () => void (await read()) };
}

/** Somebody else was faster, or the document was read again: the record as it is now is shown, and what was typed here stays. */
function changed(fresh: Detail | null): Told {
  if (!fresh) return { tone: "error", words: "This record was changed meanwhile, and it could not be read again. What you typed is kept." };
  const what = fresh.reviewed_by ? `${fresh.reviewed_by} changed this record meanwhile.` : "This record was changed meanwhile.";
  return { tone: "warning", words: `${what} It is shown as it is now; what you typed is kept and not saved yet.` };
}

function refused(draft: Draft, refusal: Refusal, sent: Edits): void {
  if (refusal.code !== "correction_invalid") return draft.tell({ tone: "error", words: refusal.message });
  const { "": rest, ...found } = problems(refusal.message, Object.keys(sent));
  draft.tell({ tone: "error", words: rest ?? "Nothing was saved: a value cannot stand. The reason stands at its field." }, found);
}
