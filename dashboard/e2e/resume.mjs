// An upload that is paused, then cut off by closing the tab, and goes on in another one where it was.
// Usage: node e2e/resume.mjs BASE_URL FILE   The file should be of some 60 MB. Environment: CHROMIUM, SHOTS, BYTES_A_SECOND.
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { check, end, fail, must, narrow, page, reopen, shoot } from "./walk.mjs";

const [base, file] = process.argv.slice(2);
if (!base || !file) {
  console.error("usage: node e2e/resume.mjs BASE_URL FILE");
  process.exit(2);
}
const SLOW = Number(process.env.BYTES_A_SECOND ?? 4_000_000);
const size = statSync(file).size;
const name = basename(file);
const complaints = [];
const asked = [];

/** Listens to one tab: what it complains of, and each request with where its bytes begin and how many there are. */
function listen(tab, visit) {
  tab.setDefaultTimeout(120_000);
  tab.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  tab.on("response", (response) => response.status() >= 400 && complaints.push(`${response.status()} ${response.request().method()} ${response.url()}`));
  tab.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (!/^\/api\/v1\/(uploads|jobs$)/.test(pathname)) return;
    const call = { visit, method: request.method(), path: pathname, from: Number(request.headers()["upload-offset"] ?? 0), key: request.headers()["idempotency-key"] };
    call.length = request.allHeaders().then((headers) => Number(headers["content-length"] ?? 0), () => 0);
    asked.push(call);
  });
}

async function slow(tab, bytes) {
  const session = await tab.context().newCDPSession(tab);
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 20, downloadThroughput: -1, uploadThroughput: bytes });
}

const row = () => page.locator(`[data-testid="upload-row"][data-name=${JSON.stringify(name)}]`);
const part = async () => Number(await row().getByTestId("file-bar").getAttribute("aria-valuenow"));
const patches = (visit) => asked.filter((call) => call.visit === visit && call.method === "PATCH");

/** Waits until the bar of the file stands beyond so many percent. */
async function beyond(percent) {
  await page.waitForFunction((least) => Number(document.querySelector('[data-testid="file-bar"]')?.getAttribute("aria-valuenow")) > least, percent);
}

async function begin() {
  await page.goto(new URL("/upload", base).href);
  await page.getByTestId("upload-input").waitFor({ state: "attached" });
  await shoot("resume-empty");
  await slow(page, SLOW);
  await page.getByTestId("upload-input").setInputFiles(file);
  await page.getByTestId("submit").click();
  await beyond(10);
  const said = row().getByTestId("upload-detail");
  await said.filter({ hasText: /\d %.*B\/s · .* left/ }).waitFor();
  await shoot("resume-uploading");
  await narrow("resume-uploading");
  return said.textContent();
}

async function pauseAndResume() {
  await row().getByTestId("pause").focus();
  await page.keyboard.press("Enter");
  await row().getByTestId("resume").waitFor();
  const stands = await part();
  await shoot("resume-paused");
  const before = patches(1).length;
  await page.waitForTimeout(1500);
  must((await part()) === stands, "the bar moves while it is paused");
  await page.keyboard.press("Enter");
  await beyond(Math.max(stands, 25));
  must(patches(1).length === before + 1, `${patches(1).length - before} requests since the pause`);
  must(patches(1).at(-1).from > 0, "it began from nothing");
  return `at ${stands} %, went on from byte ${patches(1).at(-1).from}`;
}

async function closeAndFind() {
  await beyond(40);
  const at = await part();
  listen(await reopen(), 2);
  await page.goto(new URL("/upload", base).href);
  await page.getByTestId("earlier").waitFor();
  await row().getByTestId("upload-detail").filter({ hasText: /[1-9].* there/ }).waitFor();
  must((await part()) > 0, "nothing is there");
  await shoot("resume-found");
  await narrow("resume-found");
  return `closed at ${at} %, ${await row().getByTestId("upload-detail").textContent()}`;
}

async function otherFile() {
  await row().getByTestId("choose-again").setInputFiles({ name, mimeType: "video/mp4", buffer: Buffer.from("another file") });
  await row().getByTestId("upload-fault").waitFor();
  must(patches(2).length === 0, "it was sent all the same");
}

async function goOn() {
  await slow(page, SLOW);
  await row().getByTestId("choose-again").setInputFiles(file);
  await page.locator('[data-testid="upload-row"][data-state="sending"]').waitFor();
  await row().getByTestId("upload-detail").filter({ hasText: / left/ }).waitFor();
  await shoot("resume-resumed");
  await page.getByTestId("job-link").waitFor();
  const [first, ...more] = patches(2);
  must(first.from > 0, "it began from nothing");
  must(more.length === 0, `${more.length + 1} requests for the rest`);
  const length = await first.length;
  must(length === size - first.from, `${length} bytes were sent, from ${first.from} of ${size}`);
  must(!asked.some((call) => call.visit === 2 && call.method === "POST" && call.path === "/api/v1/uploads"), "it was announced again");
  return `from byte ${first.from}, ${length} of ${size} sent again or for the first time`;
}

async function job() {
  const submits = asked.filter(({ method, path }) => method === "POST" && path === "/api/v1/jobs");
  must(submits.length === 1 && submits[0].key, `${submits.length} submits`);
  const id = (await page.getByTestId("job-link").getAttribute("href")).split("/").at(-1);
  const { files } = await (await page.request.get(new URL(`/api/v1/jobs/${id}`, base).href)).json();
  must(files.length === 1 && files[0].name === name && files[0].bytes === size, JSON.stringify(files));
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  if (files[0].sha256) must(files[0].sha256 === hash.digest("hex"), "the job has other bytes than the file");
  return `${id}${files[0].sha256 ? ", byte for byte" : ""}`;
}

async function nothingLeft() {
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith("gristmill:upload:")));
  await page.reload();
  await page.getByTestId("upload-input").waitFor({ state: "attached" });
  must((await page.getByTestId("earlier").count()) === 0, "it is still listed");
  must(asked.filter(({ method, path }) => method === "POST" && path === "/api/v1/jobs").length === 1, "it was submitted again");
}

listen(page, 1);
try {
  for (const [words, step] of [
    ["an upload says how fast it is and how long it takes", begin],
    ["it pauses and goes on, by keyboard", pauseAndResume],
    ["another tab finds it after the first was closed", closeAndFind],
    ["another file of that name is not taken for it", otherFile],
    ["with the same file it goes on where it was", goOn],
    ["it became one job", job],
    ["nothing is left over, and a reload submits nothing", nothingLeft],
  ]) {
    // Each begins where the one before it ended.
    if (!(await check(words, step))) break;
  }
} catch (cause) {
  fail("the walk was cut short", cause);
  await shoot("resume-cut-short").catch(() => undefined);
}
await end("no exception, no refused request", complaints);
