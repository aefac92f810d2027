// Who reviews: asked once, kept by the browser.
import { useState } from "preact/hooks";
import { keepReviewer, savedReviewer } from "../api/reviewer";

export function Reviewer() {
  const [name, setName] = useState(savedReviewer());
  const type = (text: string) => {
    setName(text);
    keepReviewer(text);
  };
  return (
    <label class="reviewer small">Your name, beside what you change
      <input type="text" value={name} maxLength={200} autocomplete="name" placeholder="whoever the key belongs to" onInput={(event) => type(event.currentTarget.value)} data-testid="reviewer" />
    </label>
  );
}
