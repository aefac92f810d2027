// Leads from the end of processing to the review, if there is anything to review. It says so first, and whoever does anything stays.
import { useEffect, useState } from "preact/hooks";
import { batchStatus, hasRecords, type About } from "../api/records";
import { go } from "../router";
import { plural } from "../words/amounts";
import { useEvery } from "./timing";

const ASK_MS = 2000;
const SECONDS = 5;
/** Reviews that somebody was led to, or did not want to be led to, while this document is open. */
const offered = new Set<string>();
const DOINGS = ["pointerdown", "keydown", "wheel"] as const;

/** Where to review what jobs made; null while they run, or when they made nothing of the kind. */
function useReviewUrl(about: About): string | null {
  const [url, setUrl] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  useEvery(ASK_MS, async () => {
    if (asked) return;
    const { done, review_url } = await batchStatus(about);
    if (!done || !review_url) return;
    const found = await hasRecords(about);
    setAsked(true);
    if (found) setUrl(review_url);
  }, [JSON.stringify(about)]);
  return url;
}

export function ToReview({ about }: { about: About }) {
  const url = useReviewUrl(about);
  return url ? <Offer key={url} url={url} /> : null;
}

function Offer({ url }: { url: string }) {
  const [fresh] = useState(!offered.has(url));
  const [stays, setStays] = useState(!fresh);
  const [left, setLeft] = useState(SECONDS + 1);
  const stay = () => {
    offered.add(url);
    setStays(true);
  };
  // The seconds of a page that nobody sees do not count.
  useEvery(1000, async () => setLeft((now) => (stays ? now : now - 1)));
  useEffect(() => {
    for (const doing of DOINGS) addEventListener(doing, stay, { passive: true });
    return () => DOINGS.forEach((doing) => removeEventListener(doing, stay));
  }, []);
  useEffect(() => {
    if (stays || left > 0) return;
    offered.add(url);
    go(url);
    scrollTo(0, 0);
  }, [left]);
  // What is said of leaving keeps its place when it no longer holds, so that nothing moves between the press and the release of a click.
  const spent = stays ? "spent" : "";
  return (
    <div class="sheet to-review" data-testid="to-review">
      <p><b role="status">The records are ready to be reviewed.</b>{" "}
        {fresh && <span class={`small ${spent}`} aria-hidden="true">Going there in {plural(left, "second")}; any key or click stays here.</span>}
        {!stays && <span class="unseen">This page goes there by itself in some seconds, unless a key is pressed.</span>}
      </p>
      <div class="buttons">
        {fresh && <button type="button" class={`button ${spent}`} onClick={stay}>Stay here</button>}
        <a class="button main" href={url} data-testid="review-now">Review now</a>
      </div>
    </div>
  );
}
