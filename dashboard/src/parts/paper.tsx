// A page of the document with the places of its fields on it. The picture is only shown; what it says reaches this page as fields.
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Ref } from "preact";
import { pictureUrl } from "../api/records";
import { isDoubtful, type Box, type Field } from "../words/fields";
import { fitting, lookAt, scaled, zoomed, type Sheet, type View } from "../words/paper";
import { PaperBar } from "./paper-bar";

/** What keys may do to the picture. */
export type PaperActs = { zoom: (steps: number) => void; fit: () => void };

type Props = {
  job: string; file: string; name: string; sheets: readonly Sheet[]; page: number; onPage: (page: number) => void;
  fields: readonly Field[]; active: Field | null; settled: (field: Field) => boolean; onPick: (path: string) => void; acts: Ref<PaperActs>;
};

function useView(): [Ref<HTMLDivElement>, () => HTMLDivElement | null, View] {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const measure = () => setView({ width: element.clientWidth, height: element.clientHeight });
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    measure();
    return () => watcher.disconnect();
  }, []);
  return [place, () => place.current, view];
}

export function Paper({ job, file, name, sheets, page, onPage, fields, active, settled, onPick, acts }: Props) {
  const [place, element, view] = useView();
  // null is as wide as its place; `chosen` by the person, else by what had to be read.
  const [zoom, setZoom] = useState<{ scale: number; chosen: boolean } | null>(null);
  const [natural, setNatural] = useState(0);
  const [broken, setBroken] = useState(0);
  const width = useRef(0);
  const scroll = useRef<{ left: number; top: number } | null>(null);
  const sheet = sheets.find((one) => one.page === page) ?? sheets[0];
  const fit = sheet ? fitting(sheet, view) : 1;
  const scale = zoom?.scale ?? fit;
  const box = active && active.page === sheet?.page ? active.box : undefined;

  useEffect(() => element()?.scrollTo({ top: 0 }), [page]);
  useEffect(() => {
    if (!sheet || !box || view.width === 0) return;
    // What was brought closer for a narrow window is not for a wide one.
    const from = zoom?.chosen || width.current === view.width ? scale : fit;
    width.current = view.width;
    const look = lookAt(box, sheet, view, from, !zoom?.chosen);
    if (look.scale !== scale) setZoom({ scale: look.scale, chosen: false });
    scroll.current = look;
    if (look.scale === scale) element()?.scrollTo({ ...look, behavior: "smooth" });
  }, [active?.path, box?.join(), page, view.width, view.height]);
  // After the size has changed, and not before, there is room to scroll.
  useLayoutEffect(() => {
    if (scroll.current) element()?.scrollTo(scroll.current);
    scroll.current = null;
  }, [scale]);

  const change = (next: number | null) => {
    const [at, ratio] = [element(), (next ?? fit) / scale];
    if (at) scroll.current = { left: (at.scrollLeft + view.width / 2) * ratio - view.width / 2, top: (at.scrollTop + view.height / 2) * ratio - view.height / 2 };
    setZoom(next === null ? null : { scale: next, chosen: true });
  };
  const step = (steps: number) => change(zoomed(scale, steps, fit));
  useImperativeHandle(acts, () => ({ zoom: step, fit: () => change(null) }));

  if (!sheet) return null;
  const size = { width: `${sheet.width * scale}px`, height: `${sheet.height * scale}px` };
  return (
    <section class="paper" aria-label="Document">
      <PaperBar page={sheet.page} sheets={sheets} onPage={onPage} percent={natural > 0 ? (scale * sheet.width) / natural : null}
        onZoom={step} onFit={() => change(null)} onWhole={() => natural > 0 && change(natural / sheet.width)} />
      <div class="paper-view" ref={place} tabIndex={0} role="group" aria-label={`Page ${sheet.page}, scrollable`} data-testid="paper">
        <div class="leaf-page" style={size}>
          {broken === sheet.page ? <p class="small unpictured">The picture of this page is not there. The boxes show where its fields stand.</p> : (
            <img key={sheet.page} src={pictureUrl(job, file, sheet.page)} alt={`Page ${sheet.page} of ${name}`} decoding="async" data-testid="page-image"
              onLoad={(event) => setNatural(event.currentTarget.naturalWidth)} onError={() => setBroken(sheet.page)} />
          )}
          <svg aria-hidden="true" width={sheet.width * scale} height={sheet.height * scale}>
            {fields.filter((field) => field.page === sheet.page && field !== active).map((field) => field.box && (
              <Place key={field.path} box={field.box} scale={scale} tone={isDoubtful(field) && !settled(field) ? "doubt" : "sure"} name={field.label} path={field.path} onPick={() => onPick(field.path)} />
            ))}
            {active?.alternatives.map((other, index) => other.page === sheet.page && other.box && <Place key={`other${index}`} box={other.box} scale={scale} tone="other" name={other.text} />)}
            {active && box && <Place box={box} scale={scale} tone="active" name={active.label} path={active.path} onPick={() => onPick(active.path)} />}
          </svg>
        </div>
      </div>
    </section>
  );
}

const AIR = 2.5;

function Place({ box, scale, tone, name, path, onPick }: { box: Box; scale: number; tone: string; name: string; path?: string; onPick?: () => void }) {
  const { x, y, width, height } = scaled(box, scale);
  return <rect class={tone} x={x - AIR} y={y - AIR} width={width + 2 * AIR} height={height + 2 * AIR} rx="2" onClick={onPick} data-testid="box" data-path={path}><title>{name}</title></rect>;
}
