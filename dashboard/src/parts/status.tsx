// A status as a word with a glyph, so that it never depends on colour alone.
const GLYPHS: Record<string, string> = {
  completed: "M3 8.500l3.200 3.200L13 4.800", succeeded: "M3 8.500l3.200 3.200L13 4.800",
  failed: "M4 4l8 8M12 4l-8 8", dead: "M4 4l8 8M12 4l-8 8",
  cancelled: "M3.500 12.500l9-9M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 1 0 8 1.800",
  expired: "M8 4.500V8l2.500 2M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 1 0 8 1.800",
  accepted: "M3 8.500l3.200 3.200L13 4.800", rejected: "M4 4l8 8M12 4l-8 8", open: "M5.600 6a2.500 2.500 0 1 1 3.600 2.200C8.300 8.700 8 9.200 8 10M8 13h.1",
  skipped: "M3 4l5 4-5 4zM12.500 4v8",
  processing: "M8 2a6 6 0 1 1-6 6", running: "M8 2a6 6 0 1 1-6 6",
  pending: "M4 8h.1M8 8h.1M12 8h.1", waiting: "M4 8h.1M8 8h.1M12 8h.1",
  ready: "M5.500 3.500l6 4.500-6 4.500z",
};

const WORDS: Record<string, string> = { dead: "failed", ready: "ready to run" };

export function Glyph({ status }: { status: string }) {
  return <svg class={`glyph ${status}`} viewBox="0 0 16 16" aria-hidden="true"><path d={GLYPHS[status] ?? GLYPHS["pending"]} /></svg>;
}

export function Status({ status, testid }: { status: string; testid?: string }) {
  return <span class={`status ${status}`} data-testid={testid} data-status={status}><Glyph status={status} />{WORDS[status] ?? status}</span>;
}
