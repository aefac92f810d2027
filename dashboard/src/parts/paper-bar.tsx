// Above the picture: which page, and how close.
import type { Sheet } from "../words/paper";

type Props = { page: number; sheets: readonly Sheet[]; onPage: (page: number) => void; percent: number | null; onZoom: (steps: number) => void; onFit: () => void; onWhole: () => void };

export function PaperBar({ page, sheets, onPage, percent, onZoom, onFit, onWhole }: Props) {
  const at = sheets.findIndex((sheet) => sheet.page === page);
  const turn = (by: number) => {
    const next = sheets[at + by];
    if (next) onPage(next.page);
  };
  return (
    <div class="paper-bar" role="toolbar" aria-label="Page and zoom">
      {sheets.length > 1 && (
        <span class="paper-pages">
          <button type="button" class="small-button" aria-label="Page before" disabled={at <= 0} onClick={() => turn(-1)} data-testid="page-before">‹</button>
          <span class="figure" data-testid="page-number">Page {page} of {sheets.length}</span>
          <button type="button" class="small-button" aria-label="Page after" disabled={at >= sheets.length - 1} onClick={() => turn(1)} data-testid="page-after">›</button>
        </span>
      )}
      <span class="paper-zoom">
        <button type="button" class="small-button" aria-label="Further away" onClick={() => onZoom(-1)}>−</button>
        <span class="figure paper-percent" aria-live="polite">{percent === null ? "" : `${Math.round(percent * 100)} %`}</span>
        <button type="button" class="small-button" aria-label="Closer" onClick={() => onZoom(1)} data-testid="zoom-in">+</button>
        <button type="button" class="small-button" onClick={onFit} data-testid="zoom-fit">Fit</button>
        <button type="button" class="small-button" onClick={onWhole} data-testid="zoom-whole">100 %</button>
      </span>
    </div>
  );
}
