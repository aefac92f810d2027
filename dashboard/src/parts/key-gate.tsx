// Stands before the pages when the server asks for a key: one field, and a plain word when the key is wrong.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { savedKey, tryKey, whenKeyNeeded } from "../api/key";

export function KeyGate({ children }: { children: ComponentChildren }) {
  const [asked, setAsked] = useState(false);
  useEffect(() => whenKeyNeeded(() => setAsked(true)), []);
  return asked ? <Ask /> : <>{children}</>;
}

function Ask() {
  const [key, setKey] = useState("");
  const [error, setError] = useState(savedKey() ? "The key that was kept here is no longer taken." : "");
  const enter = async (event: Event) => {
    event.preventDefault();
    try {
      if (await tryKey(key.trim())) location.reload();
      else setError("The server does not take this key.");
    } catch {
      setError("The server cannot be reached.");
    }
  };
  return (
    <main id="content" class="gate">
      <form class="sheet" onSubmit={enter}>
        <h1>This mill asks for a key</h1>
        <p class="small">Whoever runs it makes one with <code>gristmill keys create</code>. It is kept in this browser.</p>
        <label class="field">Key
          <input type="password" autocomplete="current-password" spellcheck={false} required value={key} onInput={(event) => setKey(event.currentTarget.value)} data-testid="key" />
        </label>
        {error && <p class="fault" role="alert">{error}</p>}
        <div class="buttons"><button type="submit" class="button main">Come in</button></div>
      </form>
    </main>
  );
}
