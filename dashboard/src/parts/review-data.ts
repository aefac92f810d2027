// A component's view of the records of some jobs, renewed for as long as the jobs run.
import { useRef, useState } from "preact/hooks";
import { Refusal } from "../api/client";
import { batchStatus, listRecords, withoutRecord, type About, type Batch, type Detail, type Record, type Without } from "../api/records";
import { useEvery } from "./timing";

const LOOK_MS = 3000;

export type Review = { batch: Batch | null; records: Record[] | null; without: Without[]; error: Refusal | null; replace: (fresh: Detail) => void; reload: () => void };

export function useReview(about: About, key: string): Review {
  const [batch, setBatch] = useState<Batch | null>(null);
  const [records, setRecords] = useState<Record[] | null>(null);
  const [without, setWithout] = useState<Without[]>([]);
  const [error, setError] = useState<Refusal | null>(null);
  const [turn, setTurn] = useState(0);
  // How many had ended when the records were last read: they are read again when more have.
  const seen = useRef({ turn: -1, ended: -1, done: false });
  useEvery(LOOK_MS, async () => {
    if (seen.current.turn === turn && seen.current.done) return;
    try {
      const now = await batchStatus(about);
      setBatch(now);
      if (seen.current.turn !== turn || seen.current.ended !== now.ended) {
        const found = await listRecords(about);
        setRecords(found);
        setWithout(await withoutRecord(about, found));
      }
      seen.current = { turn, ended: now.ended, done: now.done };
      setError(null);
    } catch (cause) {
      setError(cause instanceof Refusal ? cause : new Refusal(0, "unreadable", "The answer could not be read."));
    }
  }, [key, turn]);
  const replace = ({ fields: _f, corrections: _c, ...fresh }: Detail) =>
    setRecords((known) => known?.map((one) => (one.file_id === fresh.file_id ? fresh : one)) ?? known);
  return { batch, records, without, error, replace, reload: () => setTurn((now) => now + 1) };
}
