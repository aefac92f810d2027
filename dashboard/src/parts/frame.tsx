// The frame around every page: the name, the way between pages, and whether the mill is turning.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { jobMetrics } from "../api/client";
import { forgetKey, savedKey } from "../api/key";
import { plural } from "../words/amounts";
import { useEvery } from "./timing";

export function Stone({ turning }: { turning: boolean }) {
  return (
    <svg class={turning ? "stone turning" : "stone"} viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="14" />
      <circle cx="16" cy="16" r="3.2" />
      <path d="M16 12.8C15 9 16.5 6 19.6 3.4M19.2 16c3.8-1 6.8.5 9.4 3.6M16 19.200c1 3.8-.5 6.8-3.6 9.4M12.800 16c-3.800 1-6.800-.5-9.400-3.600" />
      <path class="fine" d="M18.300 13.700c2-3.300 5-4.600 8.600-4.700M18.300 18.300c3.300 2 4.600 5 4.700 8.600M13.700 18.300c-2 3.300-5 4.600-8.600 4.700M13.700 13.700c-3.300-2-4.600-5-4.700-8.600" />
    </svg>
  );
}

function said(active: number | null): string {
  if (active === null) return "Gristmill";
  return active === 0 ? "The mill is at rest" : `${plural(active, "job")} in the mill`;
}

const LINKS = [["overview", "/", "Overview"], ["upload", "/upload", "Upload"], ["jobs", "/jobs", "Jobs"],
  ["queues", "/queues", "Queues"], ["workers", "/workers", "Workers"], ["dead", "/dead", "Dead"], ["credits", "/credits", "Credits"]] as const;

const leave = () => void forgetKey().then(() => location.assign("/"));

/** As `#content` says it, but without a new address: on the review page what stands behind `#` is a record. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

export function Frame({ page, children }: { page: string; children: ComponentChildren }) {
  const [active, setActive] = useState<number | null>(null);
  useEvery(5000, async () => {
    const counts = await jobMetrics().then((answer) => answer.data.metrics, () => null);
    setActive(counts ? counts.processing : null);
  });
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>Skip to the content</a>
      <header class="top">
        <a class="brand" href="/"><Stone turning={(active ?? 0) > 0} /><span>Gristmill</span></a>
        <nav aria-label="Pages">
          {LINKS.map(([name, href, label]) => (
            <a key={name} href={href} aria-current={page === name || ((page === "job" || page === "review") && name === "jobs") ? "page" : undefined}>{label}</a>
          ))}
        </nav>
      </header>
      {children}
      <footer class="bottom">
        <span>{said(active)}</span>
        <nav aria-label="For machines"><a href="/openapi.json">OpenAPI</a>{savedKey() === "" && <a href="/metrics">Metrics</a>}<a href="/health/ready">Health</a>{savedKey() !== "" && <button type="button" class="quiet" onClick={leave}>Forget the key</button>}</nav>
      </footer>
    </>
  );
}
