// A component's view of the uploads of this page, and of what earlier visits left.
import { useEffect, useState } from "preact/hooks";
import { allLots, look, recall, whenChanged, type Lot } from "../api/transfers";
import { useEvery } from "./timing";

const LOOK_MS = 15_000;

export function useLots(): readonly Lot[] {
  // What is kept here is known before the first drawing, so that nothing jumps when the server has answered.
  const [, setTurn] = useState(() => (recall(), 0));
  useEffect(() => whenChanged(() => setTurn((turn) => turn + 1)), []);
  useEvery(LOOK_MS, look);
  return allLots();
}
