// The key of whoever sits here. It is kept by this browser, sent in a header and never in an address; for what sends no headers
// (pictures, players, event streams) the server gives a cookie that scripts cannot read.
const PLACE = "gristmill:key";
const NEEDED = "gristmill:key-needed";
const RENEW_MS = 6 * 3600 * 1000;

export function savedKey(): string {
  try {
    return localStorage.getItem(PLACE) ?? "";
  } catch {
    return "";
  }
}

export function authorization(): Record<string, string> {
  const key = savedKey();
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** Whether the server takes this key; if so it is kept, and the cookie is there. */
export async function tryKey(key: string): Promise<boolean> {
  const answer = await fetch("/api/v1/session", { method: "POST", headers: { authorization: `Bearer ${key}` } });
  if (!answer.ok) return false;
  localStorage.setItem(PLACE, key);
  return true;
}

export async function forgetKey(): Promise<void> {
  const headers = authorization();
  localStorage.removeItem(PLACE);
  await fetch("/api/v1/session", { method: "DELETE", headers }).catch(() => undefined);
}

/** Renews the cookie now and then for as long as the page is open. */
export async function keepSession(): Promise<void> {
  if (!savedKey()) return;
  await fetch("/api/v1/session", { method: "POST", headers: authorization() }).catch(() => undefined);
  setTimeout(() => void keepSession(), RENEW_MS);
}

/** Called by whoever meets a 401. */
export const askForKey = () => dispatchEvent(new Event(NEEDED));

export function whenKeyNeeded(act: () => void): () => void {
  addEventListener(NEEDED, act);
  return () => removeEventListener(NEEDED, act);
}
