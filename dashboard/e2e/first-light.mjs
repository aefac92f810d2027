// The first-light check in a real browser: upload a video and a picture, see the bar move, see the pictures, play the video.
// Usage: node e2e/first-light.mjs BASE_URL FILE...   Environment: CHROMIUM, SHOTS (folder for screenshots), E2E_TIMEOUT_SECONDS.
import { basename } from "node:path";
import { check, end, fail, must, narrow, page, shoot } from "./walk.mjs";

const [base, ...files] = process.argv.slice(2);
if (!base || files.length === 0) {
  console.error("usage: node e2e/first-light.mjs BASE_URL FILE...");
  process.exit(2);
}
page.setDefaultTimeout(Number(process.env.E2E_TIMEOUT_SECONDS ?? 300) * 1000);

const complaints = [];
page.on("console", (message) => message.type() === "error" && complaints.push(`console: ${message.text()} ${message.location().url}`));
page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
page.on("response", (response) => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`));
// Requests that the page itself gives up (leaving, a seek, a closed stream) are aborted, not failed.
page.on("requestfailed", (request) => request.failure()?.errorText !== "net::ERR_ABORTED" && complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
page.on("request", (request) => {
  const { protocol, origin } = new URL(request.url());
  if (protocol.startsWith("http") && origin !== new URL(base).origin) complaints.push(`asks another host: ${request.url()}`);
});

// How the files went: announced, sent and forgotten again one by one, and submitted by name.
const calls = [];
page.on("response", (response) => {
  const { pathname } = new URL(response.url());
  if (pathname.startsWith("/api/v1/uploads") || pathname === "/api/v1/jobs") calls.push(`${response.request().method()} ${pathname.split("/")[3]} ${response.status()}`);
});

/** Notes every value that the overall bar takes, from inside the page, so that none is missed between two looks. */
function watchBar() {
  const seen = (window.__bar = []);
  const note = () => {
    const value = document.querySelector('[data-testid="overall-bar"]')?.getAttribute("aria-valuenow");
    if (value != null && Number(value) !== seen.at(-1)) seen.push(Number(value));
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-valuenow"] });
  note();
}

/** Drops a file as a hand would, sees it listed, and takes it away again by the keyboard. */
async function dropAndRemove() {
  await page.goto(new URL("/upload", base).href);
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["x"], "dropped.png", { type: "image/png" }));
    return transfer;
  });
  await page.getByTestId("upload-input").locator("..").dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByText("dropped.png", { exact: true }).waitFor({ timeout: 10_000 });
  await page.getByRole("button", { name: "Remove dropped.png" }).press("Enter");
  await page.getByText("dropped.png", { exact: true }).waitFor({ state: "detached", timeout: 10_000 });
}

async function uploadAndWatch() {
  await page.goto(new URL("/upload", base).href);
  await page.getByTestId("upload-input").setInputFiles(files);
  await page.getByTestId("pipeline-select").waitFor();
  for (const file of files) await page.getByText(basename(file), { exact: true }).first().waitFor();
  await shoot("upload-chosen");
  await narrow("upload");
  await page.evaluate(watchBar);
  await page.getByTestId("submit").click();
  await page.getByTestId("overall-bar").waitFor();
  await page.waitForFunction(() => window.__bar.some((value) => value > 10 && value < 100) || window.__bar.at(-1) === 100);
  await shoot("upload-processing");
}

async function wentByTus() {
  const times = (call) => calls.filter((one) => one === call).length;
  const jobs = await page.getByTestId("job-link").count();
  must(times("POST uploads 201") === files.length && times("PATCH uploads 204") === files.length, `${files.length} files, but ${calls}`);
  must(times("POST jobs 202") === jobs, `${jobs} jobs, but ${calls}`);
  for (let left = 100; times("DELETE uploads 204") < files.length && left > 0; left -= 1) await page.waitForTimeout(100);
  must(times("DELETE uploads 204") === files.length, `not all uploads were ended: ${calls}`);
  must((await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("gristmill:upload:")))).length === 0, "something is still kept");
  return `${files.length} files, ${jobs} jobs`;
}

async function barMoved() {
  await page.waitForFunction(() => window.__bar.at(-1) >= 100);
  const seen = await page.evaluate(() => window.__bar);
  const moving = new Set(seen.filter((value) => value > 0 && value <= 100));
  must(moving.size >= 2, `only ${[...moving]} was seen`);
  const back = seen.findIndex((value, index) => index > 0 && value < seen[index - 1]);
  must(back < 0, `it went from ${seen[back - 1]} back to ${seen[back]}`);
  return `${moving.size} values, ${seen[0]} to ${seen.at(-1)}`;
}

async function seePictures(address, total) {
  const pictures = await page.getByTestId("artifact-image").all();
  for (const picture of pictures) await picture.scrollIntoViewIfNeeded();
  if (pictures.length === 0) return total;
  await check(`pictures are shown on ${address}`, async () => {
    const width = () => [...document.querySelectorAll('[data-testid="artifact-image"]')].every((image) => image.complete && image.naturalWidth > 0);
    await page.waitForFunction(width, undefined, { timeout: 20_000 });
    return String(pictures.length);
  });
  return total + pictures.length;
}

async function playVideo(address) {
  const video = page.getByTestId("video").first();
  await video.scrollIntoViewIfNeeded();
  return check(`the video plays by HLS on ${address}`, async () => {
    await page.getByTestId("quality").first().waitFor({ timeout: 20_000 });
    await video.evaluate((element) => {
      element.muted = true;
      return element.play();
    });
    await page.waitForFunction(() => document.querySelector('[data-testid="video"]').currentTime > 0.5, undefined, { timeout: 30_000 });
    const state = await video.evaluate((element) => ({ at: element.currentTime, ready: element.readyState, width: element.videoWidth, height: element.videoHeight, source: element.src || element.currentSrc }));
    must(state.ready >= 2, `readyState is ${state.ready}`);
    must(state.width > 0, "the video has no width");
    must(state.source.startsWith("blob:"), `it is not played by hls.js but from ${state.source}`);
    await video.evaluate((element) => element.pause());
    return `${state.width}x${state.height}, at ${state.at.toFixed(2)} s`;
  });
}

async function followJob(address, found) {
  await page.goto(new URL(address, base).href);
  const short = address.slice(0, 18);
  const status = page.getByTestId("job-status");
  await check(`${short} ends completed`, async () => {
    await page.waitForFunction(() => ["completed", "failed", "cancelled", "expired"].includes(document.querySelector('[data-testid="job-status"]')?.dataset.status));
    const said = await status.getAttribute("data-status");
    must(said === "completed", `it is ${said}: ${(await page.getByTestId("file-error").allTextContents()).join(" | ")}`);
  });
  await check(`${short} draws its steps`, async () => {
    const steps = await page.getByTestId("step").count();
    must(steps > 0, "no step is shown");
    return String(steps);
  });
  const pictures = await seePictures(short, found.pictures);
  const hls = (await page.getByTestId("video").count()) > 0 && (await playVideo(short));
  await page.evaluate(() => scrollTo(0, 0));
  const name = `job-${found.jobs + 1}`;
  await shoot(name);
  await narrow(name);
  return { pictures, videos: found.videos + Number(hls), jobs: found.jobs + 1 };
}

async function lookAround() {
  await page.goto(new URL("/jobs", base).href);
  await check("the list shows the jobs", async () => {
    await page.getByTestId("job-row").first().waitFor({ timeout: 20_000 });
    return String(await page.getByTestId("job-row").count());
  });
  await shoot("jobs");
  await narrow("jobs");
  await page.goto(new URL("/", base).href);
  await page.getByRole("heading", { name: "Lately" }).waitFor({ timeout: 20_000 });
  await shoot("overview");
  await narrow("overview");
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot("overview-dark");
}

try {
  await check("a dropped file is taken, and removed again by keyboard", dropAndRemove);
  if (await check("files are uploaded", uploadAndWatch)) {
    const links = await page.getByTestId("job-link").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    await check("each file goes by tus, each job is submitted once, and nothing is left over", wentByTus);
    await check("the overall bar moves, and never backwards", barMoved);
    await shoot("upload-done");
    let found = { pictures: 0, videos: 0, jobs: 0 };
    for (const link of links) found = await followJob(link, found);
    await check("at least one picture was shown", () => must(found.pictures > 0, "none"));
    await check("at least one video was played", () => must(found.videos > 0, "none"));
    await lookAround();
  }
} catch (cause) {
  fail("the walk was cut short", cause);
  await shoot("cut-short").catch(() => undefined);
}
await end("no console error, no failed request, no other host", complaints);
