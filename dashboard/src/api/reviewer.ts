// The name of whoever reviews here. Typed once and kept by this browser; the server writes it beside each change.
const PLACE = "gristmill:reviewer";
const LONGEST = 200;

export function savedReviewer(): string {
  try {
    return localStorage.getItem(PLACE) ?? "";
  } catch {
    return "";
  }
}

export function keepReviewer(name: string): void {
  const tidy = name.replace(/\p{Cc}/gu, " ").trim().slice(0, LONGEST);
  try {
    if (tidy) localStorage.setItem(PLACE, tidy);
    else localStorage.removeItem(PLACE);
  } catch {
    // A browser that keeps nothing: the key's owner is written instead.
  }
}
