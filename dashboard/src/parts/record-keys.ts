// Hears the keys of the review page, wherever the focus is, and hands on what they mean.
import { useEffect, useRef } from "preact/hooks";
import { actOf, isBlind, type Act, type Place } from "../words/keys";

function placeOf(target: EventTarget | null): Place {
  if (target instanceof HTMLTextAreaElement) return "lines";
  if (target instanceof HTMLSelectElement) return "choice";
  if (target instanceof HTMLInputElement) return target.type === "radio" || target.type === "checkbox" ? "choice" : "line";
  return target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement || (target instanceof Element && target.closest("summary")) ? "button" : "none";
}

export function useKeys(act: (act: Act) => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
      const place = placeOf(event.target);
      if (isBlind(event, place)) return event.preventDefault();
      const meant = actOf(event, place);
      const inField = event.target instanceof HTMLElement && event.target.dataset["path"] !== undefined;
      // Keys that are about a field mean nothing in other places where one types, such as the name of the reviewer.
      if (!meant || ((meant === "confirm" || meant === "undo") && !inField)) return;
      event.preventDefault();
      latest.current(meant);
    };
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, []);
}
