// A page of a document on the screen: how large it is drawn, and where to look for a box on it. Pure. A scale is CSS pixels a unit.
import type { Box } from "./fields";

/** A page as `pages.json` has it; boxes are in its units. */
export type Sheet = { page: number; width: number; height: number };
export type View = { width: number; height: number };
export type Look = { scale: number; left: number; top: number };

/** Lower than this a line of text cannot be read, so it is brought closer, until it is this high. */
const LEAST = 9;
const CLOSE = 15;
const STEP = 1.25;

export const fitting = (sheet: Sheet, view: View): number => (sheet.width > 0 ? view.width / sheet.width : 1);

/** One step closer (or further), within what makes sense. */
export function zoomed(scale: number, steps: number, fit: number): number {
  return Math.min(fit * 8, Math.max(fit * 0.5, scale * STEP ** steps));
}

/** A box in CSS pixels, its corner and its size. */
export function scaled([x0, y0, x1, y1]: Box, scale: number): { x: number; y: number; width: number; height: number } {
  return { x: x0 * scale, y: y0 * scale, width: Math.max(0, x1 - x0) * scale, height: Math.max(0, y1 - y0) * scale };
}

/** Where to scroll, and how close to go, so that a box can be read. `free`: whether the scale may be changed. */
export function lookAt(box: Box, sheet: Sheet, view: View, scale: number, free: boolean): Look {
  const [x0, y0, x1, y1] = box;
  const [wide, high] = [Math.max(1e-6, x1 - x0), Math.max(1e-6, y1 - y0)];
  const closer = Math.min(CLOSE / high, (0.94 * view.width) / wide);
  const next = free && high * scale < LEAST ? Math.max(scale, closer) : scale;
  const middle = (from: number, to: number, seen: number, whole: number) => Math.max(0, Math.min(((from + to) / 2) * next - seen / 2, whole * next - seen));
  return { scale: next, left: middle(x0, x1, view.width, sheet.width), top: middle(y0, y1, view.height, sheet.height) };
}

/** Reads `pages.json`; what is no page is left out. */
export function sheetsOf(raw: unknown): Sheet[] {
  const rows: unknown[] = Array.isArray(raw) ? raw : [];
  return rows.flatMap((row) => {
    const { page, width, height } = (row ?? {}) as Record<string, unknown>;
    return typeof page === "number" && Number(width) > 0 && Number(height) > 0 ? [{ page, width: Number(width), height: Number(height) }] : [];
  });
}
