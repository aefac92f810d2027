// The pages of those who run a service, in a real browser: the key prompt, queues, workers, dead letters, credits.
// Usage: node e2e/operation.mjs BASE_URL [KEY]   The server should have dead letters; without any, their empty page is checked.
// Environment: CHROMIUM, SHOTS (folder for screenshots).
import { check, end, narrow, page, shoot } from "./walk.mjs";

const [base, key] = process.argv.slice(2);
if (!base) {
  console.error("usage: node e2e/operation.mjs BASE_URL [KEY]");
  process.exit(2);
}
page.setDefaultTimeout(20_000);

const complaints = [];
let strict = false;
const complain = (words) => strict && complaints.push(words);
page.on("console", (message) => message.type() === "error" && complain(`console: ${message.text()} ${message.location().url}`));
page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
page.on("response", (response) => response.status() >= 400 && complain(`${response.status()} ${response.url()}`));
page.on("request", (request) => key && request.url().includes(key) && complaints.push(`the key stands in an address: ${request.url()}`));

const open = (path) => page.goto(new URL(path, base).href);

async function comeIn() {
  await open("/queues");
  const field = page.getByTestId("key");
  await field.waitFor();
  await shoot("key");
  await narrow("key");
  await field.fill("gm_wrong");
  await page.getByRole("button", { name: "Come in" }).click();
  await page.getByText("does not take this key").waitFor();
  await field.fill(key);
  await page.getByRole("button", { name: "Come in" }).click();
  await page.getByTestId("queue").first().waitFor();
}

async function pauseAndResume() {
  await open("/queues");
  const row = page.locator('[data-testid="queue"][data-name="upload.batch"]');
  await row.getByRole("button").click();
  await page.locator('[data-testid="queue"][data-name="upload.batch"][data-paused="true"]').waitFor();
  await shoot("queues");
  await narrow("queues");
  await row.getByRole("button").click();
  await page.locator('[data-testid="queue"][data-name="upload.batch"][data-paused="false"]').waitFor();
}

async function seeWorkers() {
  await open("/workers");
  await page.locator('[data-testid="worker"][data-state="alive"]').first().waitFor();
  await shoot("workers");
  await narrow("workers");
}

/** Forgets one letter, by a dialog that says how many. */
async function forgetOne() {
  const letters = page.getByTestId("dead-letter");
  const before = await letters.count();
  await letters.first().getByTestId("purge").click();
  await page.getByText("Forget 1 letter?").waitFor();
  await shoot("dead-confirm");
  await page.getByTestId("confirm-yes").click();
  await page.getByText("1 letter forgotten.").waitFor();
  await page.waitForFunction((count) => document.querySelectorAll('[data-testid="dead-letter"]').length < count, before);
  return `${before} before`;
}

async function redriveGroup() {
  await page.getByTestId("dead-group").first().getByTestId("redrive").click();
  await page.getByTestId("confirm-yes").click();
  await page.getByText(/letters? run again\./).waitFor();
}

async function seeDead() {
  await open("/dead");
  await page.getByText(/What they died of|No dead letters/).first().waitFor();
  await shoot("dead");
  await narrow("dead");
  if ((await page.getByTestId("dead-letter").count()) === 0) return;
  await check("one dead letter is forgotten after a question", forgetOne);
  if ((await page.getByTestId("dead-group").count()) > 0) await check("a group runs again after a question", redriveGroup);
}

async function seeCredits() {
  await open("/credits");
  await page.getByTestId("available").waitFor();
  await shoot("credits");
  await narrow("credits");
  return page.getByTestId("available").textContent();
}

async function seePictures() {
  await open("/jobs");
  const link = page.getByTestId("job-row").filter({ hasText: "completed" }).getByRole("link").first();
  if ((await page.getByTestId("job-row").filter({ hasText: "completed" }).count()) === 0) return "no job with results";
  await link.click();
  await page.getByTestId("artifact-image").first().waitFor();
  const shown = () => [...document.querySelectorAll('[data-testid="artifact-image"]')].some((image) => image.complete && image.naturalWidth > 0);
  await page.waitForFunction(shown);
  await shoot("job-with-key");
  return "shown";
}

if (key) await check("a wrong key is refused and the right one lets in", comeIn);
strict = true;
await check("a queue is paused and resumed", pauseAndResume);
await check("the worker is there", seeWorkers);
await check("the dead letters are there", seeDead);
await check("the credits are there", seeCredits);
await check("pictures are shown, whoever asks for a key", seePictures);
await page.emulateMedia({ colorScheme: "dark" });
await open("/queues");
await page.getByTestId("queue").first().waitFor();
await shoot("queues-dark");
await end("no console error, no failed request, no key in an address", complaints);
