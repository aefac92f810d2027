// The row of a file on its way in: always the same kind, so that it stays where it is from the choice to the end of its job.
import type { ComponentChildren } from "preact";
import { bytes } from "../words/amounts";
import { kindOf, type Kind } from "../words/kinds";

type RowProps = { name: string; size: number; kind?: Kind; state?: string; children?: ComponentChildren; below?: ComponentChildren };

export function Row({ name, size, kind = kindOf(name, ""), state, children, below }: RowProps) {
  return (
    <li class={`upload-row ${state ? `moving ${state}` : ""}`} data-testid="upload-row" data-name={name} data-state={state}>
      <span class={`kind ${kind}`} aria-hidden="true">{kind === "unknown" ? "?" : kind === "document" ? "doc" : kind}</span>
      <span class="name" title={name}>{name}</span>
      <span class="small size">{bytes(size)}</span>
      {children}
      {below}
    </li>
  );
}
