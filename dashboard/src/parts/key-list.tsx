// Which keys do what, in the browser's own dialog.
import { useEffect, useRef } from "preact/hooks";
import { KEYS } from "../words/keys";

export function KeyList({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="keys-title" onClose={onClose} data-testid="key-list">
      <h2 id="keys-title">Keys</h2>
      <dl class="key-list">{KEYS.map(([keys, does]) => <div key={keys}><dt><kbd>{keys}</kbd></dt><dd>{does}</dd></div>)}</dl>
      <p class="small">Letters and signs count while nothing is being typed.</p>
      <div class="buttons"><button type="button" class="button main" onClick={onClose}>Close</button></div>
    </dialog>
  );
}
