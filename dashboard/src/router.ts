// Client-side routes: which page an address means, and links that change it without loading the document again.
import { useEffect, useState } from "preact/hooks";

export type Route = { page: "overview" } | { page: "upload" } | { page: "jobs" } | { page: "job"; id: string } | { page: "review"; of: string } | { page: "queues" } | { page: "workers" } | { page: "dead" } | { page: "credits" } | { page: "lost" };

export function routeOf(path: string): Route {
  const parts = path.split("/").filter(Boolean);
  if (parts.length === 0) return { page: "overview" };
  if (parts.length === 1 && parts[0] === "upload") return { page: "upload" };
  if (parts[0] === "jobs" && parts.length === 1) return { page: "jobs" };
  if (parts[0] === "jobs" && parts.length === 2 && parts[1]) return { page: "job", id: decoded(parts[1]) };
  if (parts[0] === "review" && parts.length === 2 && parts[1]) return { page: "review", of: decoded(parts[1]) };
  if (parts.length === 1 && isPlain(parts[0])) return { page: parts[0] };
  return { page: "lost" };
}

const PLAIN = ["queues", "workers", "dead", "credits"] as const;
const isPlain = (name: string | undefined): name is (typeof PLAIN)[number] => PLAIN.some((one) => one === name);

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const CHANGED = "gristmill:navigate";

export function go(address: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  dispatchEvent(new Event(CHANGED));
}

/** Turns plain clicks on our own pages' links into route changes; every other link stays the browser's. */
export function catchLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin || link.hash) return;
  if (routeOf(link.pathname).page === "lost") return;
  event.preventDefault();
  go(link.pathname + link.search);
  scrollTo(0, 0);
}

export const usePath = (): string => useAddress(() => location.pathname);

/** What stands behind the `#`: a thing within a page, such as the record that is open. */
export const useMark = (): string => useAddress(() => decoded(location.hash.slice(1)));

function useAddress(part: () => string): string {
  const [path, setPath] = useState(part);
  useEffect(() => {
    const read = () => setPath(part());
    addEventListener("popstate", read);
    addEventListener(CHANGED, read);
    return () => {
      removeEventListener("popstate", read);
      removeEventListener(CHANGED, read);
    };
  }, []);
  return path;
}
