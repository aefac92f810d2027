// Clocks for components: a moment that ticks, and work repeated while the page is in sight.
import { useEffect, useRef, useState } from "preact/hooks";

/** The present, renewed each second while `running`. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    setNow(Date.now());
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

/** Runs at once and then `ms` after each run has ended; a hidden page rests. Changing a key starts over. */
export function useEvery(ms: number, work: (signal: AbortSignal) => Promise<void>, keys: readonly unknown[] = []): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turn = async () => {
      clearTimeout(timer);
      if (!document.hidden) await latest.current(control.signal).catch(() => undefined);
      if (!control.signal.aborted) timer = setTimeout(turn, ms);
    };
    const seen = () => void (document.hidden || turn());
    document.addEventListener("visibilitychange", seen);
    void turn();
    return () => {
      control.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, keys);
}
