// The review in a real browser: documents are uploaded, the page moves on by itself, a value is corrected and accepted, and the table
// that is taken away has it. Usage: node e2e/review.mjs BASE_URL FILE...   (ten documents, say)
// Environment: CHROMIUM, SHOTS (folder for screenshots), E2E_TIMEOUT_SECONDS, PIPELINE (`document`), KEY (an API key, if the server asks for one).
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { check, end, fail, must, narrow, page, shoot } from "./walk.mjs";

const [base, ...files] = process.argv.slice(2);
if (!base || files.length === 0) {
  console.error("usage: node e2e/review.mjs BASE_URL FILE...");
  process.exit(2);
}
const long = Number(process.env.E2E_TIMEOUT_SECONDS ?? 300) * 1000;
const pipeline = process.env.PIPELINE ?? "document";
const key = process.env.KEY;
page.setDefaultTimeout(20_000);

const complaints = [];
page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
page.on("response", (response) => response.status() >= 500 && complaints.push(`${response.status()} ${response.url()}`));
page.on("request", (request) => {
  const { protocol, origin } = new URL(request.url());
  if (protocol.startsWith("http") && origin !== new URL(base).origin) complaints.push(`asks another host: ${request.url()}`);
  if (key && request.url().includes(key)) complaints.push(`the key stands in an address: ${request.url()}`);
});

const desk = () => page.getByTestId("desk");
/** A value that no sample holds, so that finding it in the table means that the correction arrived. */
const MARK = `Checked by e2e ${Date.now().toString(36)}`;

async function comeIn() {
  await page.goto(new URL("/upload", base).href);
  await page.getByTestId("key").fill(key);
  await page.getByRole("button", { name: "Come in" }).click();
  await page.getByTestId("upload-input").waitFor({ state: "attached" });
}

async function upload() {
  await page.goto(new URL("/upload", base).href);
  await page.getByTestId("upload-input").setInputFiles(files);
  await page.getByTestId("pipeline-select").selectOption(pipeline);
  for (const file of files) await page.getByText(basename(file), { exact: true }).first().waitFor();
  await shoot("review-1-chosen");
  await page.getByTestId("submit").click();
  await page.getByTestId("overall-bar").waitFor({ timeout: long });
  await shoot("review-2-processing");
}

/** Nothing is pressed here: the page has to say what it will do, and to do it. */
async function isLedToReview() {
  await page.getByTestId("to-review").waitFor({ timeout: long });
  await shoot("review-3-notice");
  await narrow("review-notice");
  await page.waitForURL(/\/review\//, { timeout: 20_000 });
  await page.getByTestId("record-row").first().waitFor();
  const rows = await page.getByTestId("record-row").count();
  const without = await page.getByTestId("without").locator("li").count();
  must(rows + without === files.length, `${rows} records and ${without} documents without one, of ${files.length} files`);
  await shoot("review-4-list");
  await narrow("review-list");
  return `${rows} records, ${without} without`;
}

async function openFirst() {
  const rows = await page.getByTestId("record-row").evaluateAll((all) => all.map((row) => row.dataset.state));
  const start = page.getByTestId("start");
  if (await start.count()) await start.click();
  else await page.getByTestId("record-row").first().getByRole("link").click();
  await desk().waitFor();
  await page.getByTestId("entry").first().waitFor();
  return rows.join(", ");
}

async function pageIsShown() {
  await page.waitForFunction(() => [...document.querySelectorAll('[data-testid="page-image"]')].some((image) => image.complete && image.naturalWidth > 0));
  await shoot("review-5-record", false);
  await narrow("review-record", false);
}

/** A press on a box puts the focus on its field, and a field puts its box in sight. */
async function boxesAndFieldsMeet() {
  const box = page.getByTestId("box").first();
  if (!(await box.count())) return "no value on this page has a place";
  const path = await box.getAttribute("data-path");
  await box.click({ force: true });
  await page.waitForFunction((wanted) => document.activeElement?.dataset.path === wanted, path);
  await page.locator('[data-testid="box"].active').waitFor();
  const seen = await page.evaluate(() => {
    const [inner, outer] = ['[data-testid="box"].active', '[data-testid="paper"]'].map((one) => document.querySelector(one).getBoundingClientRect());
    return inner.bottom > outer.top && inner.top < outer.bottom;
  });
  must(seen, "the active box is out of sight");
  return path;
}

/** The first field that takes any words, with how the server calls it. */
async function textEntry() {
  for (const entry of await page.locator('input[data-testid="entry"], textarea[data-testid="entry"]').all()) {
    const path = await entry.getAttribute("data-path");
    if (/vendor|customer|name|description|subject|sender|\/value$|\/key$/.test(path)) return { entry, path };
  }
  throw new Error("no field of this record takes any words");
}

/** A text may grow long under the hands of a person: the place where it is typed stays, with the focus. */
async function typesOn() {
  const { entry, path } = await textEntry();
  await entry.fill("a".repeat(58));
  await page.keyboard.type(" j k ? ");
  const here = await page.evaluate(() => [document.activeElement?.dataset.path, document.activeElement?.value]);
  must(here[0] === path && here[1] === `${"a".repeat(58)} j k ? `, `the focus is on ${here[0]}, which has ${here[1]}`);
  await page.keyboard.press("Escape");
  return path;
}

/** The way past the head of the page changes no address: behind its `#` stands the record. */
async function skipsToContent() {
  const address = page.url();
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "content");
  must(page.url() === address && (await desk().count()) === 1, `the record was left for ${page.url()}`);
}

let corrected = "";
async function correct() {
  const { entry, path } = await textEntry();
  corrected = await desk().getAttribute("data-file");
  await entry.fill(MARK);
  await page.locator('[data-tone="edited"]').first().waitFor();
  await shoot("review-6-corrected", false);
  await page.getByTestId("save").click();
  await page.getByTestId("told").getByText("Saved.").waitFor();
  must((await page.locator(`[data-testid="entry"][data-path="${path}"]`).inputValue()) === MARK, "the field does not show what was saved");
  await page.getByText("Corrected by").first().waitFor();
  return path;
}

/** By keyboard alone: the record is accepted and the next one opens, or the list if there is none. */
async function accept() {
  if ((await desk().getAttribute("data-state")) === "accepted") return "it was accepted already";
  await page.keyboard.press("Control+Enter");
  await page.waitForFunction((file) => document.querySelector('[data-testid="desk"]')?.dataset.file !== file, corrected);
  await page.waitForFunction(() => document.querySelector('[data-testid="desk"], [data-testid="standing"]'));
  await shoot("review-7-next", false);
}

/** Accepts what is left, whatever it is, until the list says that everything is reviewed. */
async function acceptAll() {
  for (let left = files.length + 1; left > 0 && (await desk().count()); left -= 1) {
    const file = await desk().getAttribute("data-file");
    if ((await desk().getAttribute("data-state")) === "open") await page.keyboard.press("Control+Enter");
    else await page.getByTestId("to-list").click();
    await page.waitForFunction((before) => document.querySelector('[data-testid="standing"]') || (document.querySelector('[data-testid="desk"]')?.dataset.file ?? before) !== before, file);
  }
  await page.getByTestId("all-done").waitFor();
  await shoot("review-8-all-done");
  await narrow("review-all-done");
  return page.getByTestId("standing").textContent();
}

async function take(format) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId(`export-${format}`).first().click()]);
  return readFile(await download.path());
}

async function exportHasIt() {
  const rows = (await take("csv")).toString("utf8").split("\r\n");
  must(rows[0].includes("file_id") && rows[0].includes("state"), `the head is ${rows[0].slice(0, 100)}`);
  const row = rows.find((one) => one.includes(corrected));
  must(row?.includes(MARK), `the correction is not in the row of ${corrected}: ${row?.slice(0, 300)}`);
  must(row.includes("accepted"), "its row does not say that it is accepted");
  JSON.parse((await take("json")).toString("utf8"));
  must((await take("parquet")).subarray(0, 4).toString() === "PAR1", "that is no Parquet");
  return `${rows.length - 1} lines`;
}

async function jobLeadsThere() {
  const job = page.url().match(/job_[0-9a-zA-Z-]+/)?.[0];
  must(job, `no job in ${page.url()}`);
  await page.goto(new URL(`/jobs/${job}`, base).href);
  await page.getByTestId("review-link").click();
  await page.getByTestId("record-row").first().waitFor();
}

async function looksInTheDark() {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByTestId("record-row").first().getByRole("link").click();
  await page.getByTestId("entry").first().waitFor();
  await shoot("review-9-dark", false);
  await narrow("review-dark", false);
}

try {
  if (key) await check("the key is taken", comeIn);
  if (await check(`${files.length} files are uploaded`, upload)) {
    await check("the page moves on to the review by itself", isLedToReview);
    if (await check("a record opens", openFirst)) {
      await check("the picture of its page is shown", pageIsShown);
      await check("boxes and fields lead to each other", boxesAndFieldsMeet);
      await check("a text grows long while it is typed", typesOn);
      await check("the way to the content leaves the record open", skipsToContent);
      await check("a value is corrected", correct);
      await check("the record is accepted by keyboard", accept);
      await check("all records are accepted", acceptAll);
      await check("the tables have the correction", exportHasIt);
      await check("the job leads to its review", jobLeadsThere);
      await check("it can be looked at in the dark", looksInTheDark);
    }
  }
} catch (cause) {
  fail("the walk was cut short", cause);
  await shoot("cut-short").catch(() => undefined);
}
await end("no exception, no failure of the server, no other host", complaints);
