// What a key means on the review page, by where the focus is. Pure.

export type Act = "accept" | "confirm" | "undo" | "next" | "previous" | "page-next" | "page-previous" | "closer" | "further" | "fit" | "keys";
/** A line of text, a text of several lines, a list to choose from, something that Enter presses, or nothing of these. */
export type Place = "line" | "lines" | "choice" | "button" | "none";
export type Key = { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean; shiftKey: boolean; repeat: boolean };

/** For the list of keys, in the order in which they are of use. */
export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["Enter", "confirm the field and go to the next one in doubt"],
  ["Ctrl + Enter", "accept the record and open the next"],
  ["Escape", "take back what was typed into the field"],
  ["↑ ↓, Alt + ↑ ↓, k j", "field before, field after"],
  ["Tab", "through everything, alternatives too"],
  ["Page Up, Page Down", "page of the document"],
  ["+ − 0", "picture closer, further, as wide as its place"],
  ["?", "this list"],
];

const PLAIN: Record<string, Act> = { j: "next", k: "previous", "?": "keys", "+": "closer", "=": "closer", "-": "further", "0": "fit" };

/** Whether a key that is held down would judge on its own, or press a button once more: what comes next nobody has seen. */
export function isBlind(key: Key, place: Place): boolean {
  const act = actOf(key, place);
  return key.repeat && (act === "accept" || act === "confirm" || (key.key === "Enter" && place === "button"));
}

export function actOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Omit<Key, "repeat">, place: Place): Act | null {
  if (key === "Enter" && (ctrlKey || metaKey)) return "accept";
  if (ctrlKey || metaKey) return null;
  const vertical = key === "ArrowDown" ? "next" : key === "ArrowUp" ? "previous" : null;
  if (vertical) return altKey || place === "line" ? vertical : null;
  if (altKey) return null;
  if (key === "PageDown") return "page-next";
  if (key === "PageUp") return "page-previous";
  const typing = place === "line" || place === "lines" || place === "choice";
  if (!typing) return PLAIN[key] ?? null;
  if (key === "Enter") return shiftKey && place === "lines" ? null : "confirm";
  return key === "Escape" ? "undo" : null;
}
