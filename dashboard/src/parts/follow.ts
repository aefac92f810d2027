// A component's view of one followed job.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Job, JobEvent, Refusal } from "../api/client";
import { follow, type Connection } from "../api/live";

const KEPT = 400;

export type Followed = { job: Job | null; error: Refusal | null; connection: Connection | null; events: readonly JobEvent[]; refresh: () => void };

export function useJob(id: string): Followed {
  const [job, setJob] = useState<Job | null>(null);
  const [error, setError] = useState<Refusal | null>(null);
  const [connection, setConnection] = useState<Connection | null>(null);
  const [events, setEvents] = useState<readonly JobEvent[]>([]);
  const refresh = useRef(() => {});
  useEffect(() => {
    const following = follow(id, {
      onJob: (next) => {
        setJob(next);
        setError(null);
      },
      onEvent: (event) => setEvents((known) => [...known.slice(-KEPT), event]),
      onConnection: setConnection,
      onError: setError,
    });
    refresh.current = following.refresh;
    return following.stop;
  }, [id]);
  return { job, error, connection, events, refresh: () => refresh.current() };
}
