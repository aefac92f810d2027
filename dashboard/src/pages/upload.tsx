// Choose files, send them, and watch them being processed in the same place; go on with what an earlier visit left.
import { useCallback, useRef, useState } from "preact/hooks";
import { listPipelines, Refusal, type Job, type Pipeline } from "../api/client";
import { begin, goOnWith, type Lot } from "../api/transfers";
import { DropZone } from "../parts/drop-zone";
import { useLots } from "../parts/follow-lots";
import { Loading, Notice } from "../parts/notice";
import { useEvery, useNow } from "../parts/timing";
import { UploadProgress } from "../parts/upload-progress";
import { ChosenRows, LotRows } from "../parts/upload-rows";
import { ago, bytes, plural } from "../words/amounts";
import { batches, BY_TYPE, chosen, type Chosen } from "../words/batches";

export function UploadPage() {
  const [pipelines, setPipelines] = useState<Pipeline[] | null>(null);
  const [error, setError] = useState("");
  const [files, setFiles] = useState<Chosen[]>([]);
  const counter = useRef(0);
  const lots = useLots();
  useEvery(5000, async () => {
    if (pipelines) return;
    await listPipelines().then((known) => {
      setPipelines(known);
      setError("");
    }, (cause: unknown) => setError(cause instanceof Refusal ? cause.message : "The list of pipelines could not be read."));
  });
  const here = lots.filter((lot) => lot.here);
  const earlier = lots.filter((lot) => !lot.here);
  const add = (more: readonly File[]) => {
    const fresh = goOnWith(more).map((file) => chosen(file, (counter.current += 1)));
    setFiles((known) => [...known, ...fresh]);
  };
  return (
    <>
      <h1>Upload</h1>
      {error && <Notice tone="error" title="Nothing can be uploaded at the moment">{error}</Notice>}
      {here.length > 0 && <UploadProgress lots={here} />}
      {earlier.length > 0 && <Earlier lots={earlier} />}
      {!pipelines && !error && <Loading what="the pipelines" rows={2} />}
      {pipelines && (here.length === 0 || files.length > 0) && <Choice pipelines={pipelines} files={files} onFiles={setFiles} onAdd={add} />}
    </>
  );
}

type ChoiceProps = { pipelines: Pipeline[]; files: readonly Chosen[]; onFiles: (files: Chosen[]) => void; onAdd: (files: readonly File[]) => void };

function Choice({ pipelines, files, onFiles, onAdd }: ChoiceProps) {
  const [choice, setChoice] = useState(BY_TYPE);
  const [priority, setPriority] = useState("normal");
  const planned = batches(files, pipelines, choice);
  const start = (event: Event) => {
    event.preventDefault();
    const group = planned.length > 1 ? `upload-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(16).padStart(8, "0")}` : null;
    void begin(planned.map(({ pipeline, entries }) => ({ pipeline, priority, group, files: entries.map(({ file }) => file) })));
    onFiles([]);
  };
  const total = files.reduce((sum, entry) => sum + entry.file.size, 0);
  return (
    <form onSubmit={start} class="upload">
      <DropZone onFiles={onAdd} small={files.length > 0} />
      {files.length > 0 && <ChosenRows planned={planned} onRemove={(key) => onFiles(files.filter((entry) => entry.key !== key))} />}
      <div class="upload-controls">
        <label class="field">Pipeline
          <select data-testid="pipeline-select" value={choice} onChange={(event) => setChoice(event.currentTarget.value)}>
            <option value={BY_TYPE}>by type of file{files.length > 0 ? `: ${planned.map((batch) => batch.pipeline).join(" + ")}` : ""}</option>
            {pipelines.map((pipeline) => <option key={pipeline.name} value={pipeline.name}>{pipeline.name}</option>)}
          </select>
        </label>
        <label class="field">Priority
          <select value={priority} onChange={(event) => setPriority(event.currentTarget.value)}>
            <option>high</option><option>normal</option><option>low</option>
          </select>
        </label>
        <button type="submit" class="button main" disabled={files.length === 0} data-testid="submit">
          {files.length === 0 ? "Start" : `Start ${plural(files.length, "file")}, ${bytes(total)}`}
        </button>
      </div>
      {planned.length > 1 && <p class="small">The files are of several types, so they become {planned.length} jobs in one group: {planned.map((batch) => `${batch.pipeline} (${batch.entries.length})`).join(", ")}.</p>}
    </form>
  );
}

function Earlier({ lots }: { lots: readonly Lot[] }) {
  const now = useNow(true);
  const nothing = useCallback((_: Job) => undefined, []);
  return (
    <section class="upload earlier" aria-label="Unfinished uploads" data-testid="earlier">
      <div>
        <h2>Unfinished uploads</h2>
        <p class="small">Begun {[...new Set(lots.map((lot) => ago(lot.record.begun, now)))].join(", ")}. The server keeps what it has for a while; choose a file again, here or below, and it goes on from there.</p>
      </div>
      {lots.map((lot) => <LotRows key={lot.record.key} lot={lot} now={now} onJob={nothing} />)}
    </section>
  );
}
