// Where files are dropped or picked. The inputs themselves stay in the page for keyboards and screen readers.
import { useState } from "preact/hooks";

type Picked = Event & { currentTarget: HTMLInputElement };

/** The files picked; the input is emptied, so that the same file can be picked once more. */
function filesOf({ currentTarget }: Picked): File[] {
  const files = [...(currentTarget.files ?? [])];
  currentTarget.value = "";
  return files;
}

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
  return (
    <label class={`drop ${over ? "over" : ""} ${small ? "compact" : ""}`} onDragOver={drag} onDragEnter={drag} onDragLeave={() => setOver(false)} onDrop={drop}>
      <input type="file" multiple class="unseen" onChange={(event) => onFiles(filesOf(event))} data-testid="upload-input" aria-describedby="drop-hint" />
      <svg viewBox="0 0 64 40" aria-hidden="true"><path d="M8 4h48L42 24v8H22v-8z" /><path class="grain" d="M27 37h.1M32 39h.1M37 37h.1" /></svg>
      <span class="drop-words">{small ? "Add more files" : "Drop files here, or choose them"}</span>
      <span class="small" id="drop-hint">{small ? "drop or choose" : "Video, pictures and documents, several at once. Each file is checked by its content. What is cut off can go on later."}</span>
    </label>
  );
}

/** One file to pick, as quiet as the buttons beside it. */
export function PickAgain({ name, onFile }: { name: string; onFile: (file: File) => void }) {
  const pick = (event: Picked) => {
    const [file] = filesOf(event);
    if (file) onFile(file);
  };
  return (
    <label class="quiet pick">
      <input type="file" class="unseen" onChange={pick} aria-label={`Choose ${name} again to go on`} data-testid="choose-again" />
      Choose the file again to go on
    </label>
  );
}
