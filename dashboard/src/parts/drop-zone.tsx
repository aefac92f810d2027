// Where files are dropped or picked. The input itself stays in the page for keyboards and screen readers.
import { useState } from "preact/hooks";

export function DropZone({ onFiles, small }: { onFiles: (files: File[]) => void; small: boolean }) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...(event.dataTransfer?.files ?? [])]);
  };
  const drag = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const pick = (event: Event & { currentTarget: HTMLInputElement }) => {
    onFiles([...(event.currentTarget.files ?? [])]);
    event.currentTarget.value = "";
  };
  return (
    <label class={`drop ${over ? "over" : ""} ${small ? "compact" : ""}`} onDragOver={drag} onDragEnter={drag} onDragLeave={() => setOver(false)} onDrop={drop}>
      <input type="file" multiple class="unseen" onChange={pick} data-testid="upload-input" aria-describedby="drop-hint" />
      <svg viewBox="0 0 64 40" aria-hidden="true"><path d="M8 4h48L42 24v8H22v-8z" /><path class="grain" d="M27 37h.1M32 39h.1M37 37h.1" /></svg>
      <span class="drop-words">{small ? "Add more files" : "Drop files here, or choose them"}</span>
      <span class="small" id="drop-hint">{small ? "drop or choose" : "Video and pictures, several at once. Each file is checked by its content."}</span>
    </label>
  );
}
