// The steps of a file: a small drawing of what comes after what, and a list with times, attempts and errors.
import type { Step } from "../api/client";
import { duration, millis, percent, plural, span } from "../words/amounts";
import { draw, inOrder } from "../words/graph";
import { faultWord } from "../words/kinds";
import { Bar, toneOf } from "./bar";
import { Glyph } from "./status";

const COLUMN = 46;
const LANE = 18;
const EDGE = 9;

/** One dot per step, one line per "after". Decoration beside the list, which says the same in words. */
function StepGraph({ steps }: { steps: readonly Step[] }) {
  const { places, edges, columns, lanes } = draw(steps);
  if (columns < 2) return null;
  const point = (name: string): [number, number] => {
    const place = places.get(name) ?? { column: 0, lane: 0 };
    return [EDGE + place.column * COLUMN, EDGE + place.lane * LANE];
  };
  const state = new Map(steps.map((step) => [step.step, step.state]));
  const width = 2 * EDGE + (columns - 1) * COLUMN;
  const height = 2 * EDGE + (lanes - 1) * LANE;
  return (
    <svg class="graph" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {edges.map(([from, to]) => {
        const [x1, y1] = point(from);
        const [x2, y2] = point(to);
        const bend = (x1 + x2) / 2;
        return <path key={`${from} ${to}`} class={state.get(from) === "succeeded" ? "passed" : ""} d={`M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`} />;
      })}
      {steps.map((step) => {
        const [x, y] = point(step.step);
        return <circle key={step.task_id} class={step.state} cx={x} cy={y} r="5"><title>{step.step}</title></circle>;
      })}
    </svg>
  );
}

/** The stretch of time that the file's steps cover, so that each can be drawn where it happened. */
function stretch(steps: readonly Step[], now: number): [from: number, length: number] | null {
  const starts = steps.map((step) => millis(step.started_at)).filter((at) => at !== null);
  if (starts.length === 0) return null;
  const from = Math.min(...starts);
  const running = steps.some((step) => step.state === "running");
  const ends = steps.map((step) => millis(step.ended_at) ?? 0);
  return [from, Math.max(1, (running ? Math.max(now, ...ends) : Math.max(...ends)) - from)];
}

function Track({ step, whole, now }: { step: Step; whole: [number, number] | null; now: number }) {
  const start = millis(step.started_at);
  if (!whole || start === null) return <span class="track" />;
  const end = millis(step.ended_at) ?? now;
  const left = Math.min(99, Math.max(0, ((start - whole[0]) / whole[1]) * 100));
  const width = Math.min(100 - left, Math.max(1, ((end - start) / whole[1]) * 100));
  return <span class="track" aria-hidden="true"><span class={`when ${toneOf(step.state)}`} style={{ marginLeft: `${left}%`, width: `${width}%` }} /></span>;
}

function Retry({ step, now }: { step: Step; now: number }) {
  const due = millis(step.next_attempt_at);
  if (due === null || step.state !== "ready") return null;
  return <> · tries again {due > now ? `in ${duration((due - now) / 1000)}` : "now"}</>;
}

type RowProps = { step: Step; whole: [number, number] | null; now: number; said: string | undefined };

function StepRow({ step, whole, now, said }: RowProps) {
  const running = step.state === "running";
  const took = span(step.started_at, step.ended_at, now);
  return (
    <li class={`step ${step.state}`} data-testid="step" data-state={step.state}>
      <Glyph status={step.state} />
      <span class="step-name">
        <b>{step.step}</b>{step.optional && <em>optional</em>}
      </span>
      {running ? <Bar label={`Progress of ${step.step}`} value={step.progress} tone="active" size="thin" /> : <Track step={step} whole={whole} now={now} />}
      <span class="step-time">{running && step.progress > 0 ? percent(step.progress) : took === null ? "" : duration(took)}</span>
      <span class="step-note">
        <span class="unseen">{step.state === "dead" ? "failed" : step.state}. </span>
        <code>{step.op}</code> · {running && step.phase ? step.phase : step.after.length > 0 ? `after ${step.after.join(", ")}` : "first"}
        {step.attempts > 1 && <> · <strong>{plural(step.attempts, "attempt")}</strong></>}
        <Retry step={step} now={now} />
      </span>
      {step.error && step.error.message !== said && <p class="fault"><b>{faultWord(step.error.fault)}.</b> {step.error.message} <code>{step.error.code}</code></p>}
    </li>
  );
}

/** `said` is the sentence that already stands above the list, so that it is not said twice. */
export function StepList({ steps, now, said }: { steps: readonly Step[]; now: number; said: string | undefined }) {
  const whole = stretch(steps, now);
  return (
    <div class="steps">
      <StepGraph steps={steps} />
      <ol>{inOrder(steps).map((step) => <StepRow key={step.task_id} step={step} whole={whole} now={now} said={said} />)}</ol>
    </div>
  );
}
