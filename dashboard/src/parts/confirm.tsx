// Asks before something is done that cannot be undone by pressing again. The browser's own modal dialog keeps the focus.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "../api/client";

type Props = { title: string; children: ComponentChildren; verb: string; grave?: boolean; onYes: () => Promise<void>; onClose: () => void };

export function Confirm({ title, children, verb, grave, onYes, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const yes = async () => {
    setBusy(true);
    try {
      await onYes();
      onClose();
    } catch (cause) {
      setError(cause instanceof Refusal ? cause.message : "It could not be done.");
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="confirm-title" onClose={onClose}>
      <h2 id="confirm-title">{title}</h2>
      <div>{children}</div>
      {error && <p class="fault" role="alert">{error}</p>}
      <div class="buttons">
        <button type="button" class="button" onClick={onClose}>Keep as it is</button>
        <button type="button" class={grave ? "button grave" : "button main"} disabled={busy} onClick={yes} data-testid="confirm-yes">{verb}</button>
      </div>
    </dialog>
  );
}
