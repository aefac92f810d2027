// States of a page or a part that are not its content: empty, loading, refused.
import type { ComponentChildren } from "preact";

type Tone = "empty" | "error" | "warning";

export function Notice({ tone, title, children, action }: { tone: Tone; title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`} role={tone === "error" ? "alert" : undefined}>
      <p class="notice-title">{title}</p>
      {children && <div class="notice-body">{children}</div>}
      {action && <div class="notice-action">{action}</div>}
    </div>
  );
}

export function Loading({ what, rows = 3 }: { what: string; rows?: number }) {
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading {what}…</span>
      {Array.from({ length: rows }, (_, row) => <span key={row} class="ghost" aria-hidden="true" />)}
    </div>
  );
}
