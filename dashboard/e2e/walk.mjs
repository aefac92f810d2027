// What every walk through the pages shares: the browser it is done in, one line a check, and the sum at the end.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const shots = process.env.SHOTS ?? "shots";
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };

let passed = 0;
let failed = 0;

/** One line a check. A check that throws has failed; the next ones are still tried. */
export async function check(name, work) {
  try {
    const said = await work();
    passed += 1;
    console.log(`ok    ${name}${said ? `: ${said}` : ""}`);
    return true;
  } catch (cause) {
    fail(name, cause);
    return false;
  }
}

export function fail(name, cause) {
  failed += 1;
  console.log(`FAIL  ${name}: ${String(cause.message ?? cause).split("\n")[0]}`);
}

export function must(truth, words) {
  if (!truth) throw new Error(words);
}

mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
const context = await browser.newContext({ viewport: WIDE });
/** The tab that everything happens in; another one after `reopen`. */
export let page = await context.newPage();

/** Closes the tab as a person would, in the midst of whatever it does, and opens another that remembers what the first one kept. */
export async function reopen() {
  await page.close();
  page = await context.newPage();
  return page;
}

/** Keeps a picture of the page: all of it, or what is in sight. */
export const shoot = (name, whole = true) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: whole });

async function noSideScroll() {
  const [inner, scroll] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
  must(scroll <= inner, `the page is ${scroll} px wide in a window of ${inner} px`);
  return `${scroll} px`;
}

/** Looks at the page as a phone shows it. */
export async function narrow(name, whole = true) {
  await page.setViewportSize(NARROW);
  await check(`${name} has no side scroll at 390 px`, noSideScroll);
  await shoot(`${name}-390`, whole);
  await page.setViewportSize(WIDE);
}

/** The last check: what the page complained of. Then the sum, and the end of this process. */
export async function end(name, complaints) {
  await check(name, () => must(complaints.length === 0, [...new Set(complaints)].slice(0, 5).join(" | ")));
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
