// Where the steps of a file stand in a drawing: a column for what must come before, a lane within it. Pure.
type Node = { step: string; after: readonly string[] };

export type Place = { column: number; lane: number };
export type Drawing = { places: Map<string, Place>; edges: [from: string, to: string][]; columns: number; lanes: number };

/** Columns by the longest way from a first step; a step that is only waiting for unknown ones stands first. */
export function draw(steps: readonly Node[]): Drawing {
  const byName = new Map(steps.map((node) => [node.step, node]));
  const columns = new Map<string, number>();
  const columnOf = (name: string, onTheWay: Set<string>): number => {
    const known = columns.get(name);
    if (known !== undefined) return known;
    if (onTheWay.has(name)) return 0;
    onTheWay.add(name);
    const before = (byName.get(name)?.after ?? []).filter((other) => byName.has(other));
    const column = before.length === 0 ? 0 : 1 + Math.max(...before.map((other) => columnOf(other, onTheWay)));
    columns.set(name, column);
    return column;
  };
  const places = new Map<string, Place>();
  const filled: number[] = [];
  for (const { step } of steps) {
    const column = columnOf(step, new Set());
    const lane = filled[column] ?? 0;
    filled[column] = lane + 1;
    places.set(step, { column, lane });
  }
  const edges = steps.flatMap((node) => node.after.filter((other) => byName.has(other)).map((other): [string, string] => [other, node.step]));
  return { places, edges, columns: filled.length, lanes: Math.max(0, ...filled) };
}

/** Steps in the order of the drawing, so that a list reads as the work flows. */
export function inOrder<T extends Node>(steps: readonly T[]): T[] {
  const { places } = draw(steps);
  return [...steps].sort((a, b) => (places.get(a.step)?.column ?? 0) - (places.get(b.step)?.column ?? 0));
}
