// Records: read, judged, taken away; and how the jobs that they come from stand.
import { fieldsOf, type Field } from "../words/fields";
import type { Edits } from "../words/edits";
import { sheetsOf, type Sheet } from "../words/paper";
import { call, listJobs, post, query, readJson, showJob, type Answer, type Job, type JobFile } from "./client";

export type Batch = Answer<"/api/batch_status", "get", 200>;
type Page = Answer<"/api/v1/records", "get", 200>;
export type Record = Page["items"][number];
export type State = Record["state"];
type Wire = Answer<"/api/v1/records/{file}", "get", 200>;
export type Correction = Wire["corrections"][number];
export type Detail = Omit<Wire, "fields"> & { fields: Field[] };
/** Which jobs: by their ids, or all of a group. */
export type About = { jobs: string[] } | { group: string };

const PAGE = 200;
const AT_ONCE = 4;
const record = (file: string) => `/api/v1/records/${encodeURIComponent(file)}`;
const detail = (wire: Wire): Detail => ({ ...wire, fields: fieldsOf(wire.fields) });

/** Does something with each, a few at a time, and keeps the order. */
async function each<T, R>(things: readonly T[], work: (thing: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let from = 0; from < things.length; from += AT_ONCE) done.push(...(await Promise.all(things.slice(from, from + AT_ONCE).map(work))));
  return done;
}

export const batchStatus = (about: About) => call<Batch>(`/api/batch_status${query("jobs" in about ? { jobs: about.jobs.join(",") } : { group: about.group })}`);

async function pages(filter: { job: string } | { group: string }): Promise<Record[]> {
  const found: Record[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page = await call<Page>(`/api/v1/records${query({ ...filter, cursor, limit: PAGE })}`);
    found.push(...page.items);
    cursor = page.next_cursor ?? null;
  }
  return found;
}

export const listRecords = async (about: About): Promise<Record[]> =>
  "group" in about ? pages(about) : (await each(about.jobs, (job) => pages({ job }))).flat();

export async function hasRecords(about: About): Promise<boolean> {
  const any = async (filter: { job: string } | { group: string }) => (await call<Page>(`/api/v1/records${query({ ...filter, limit: 1 })}`)).items.length > 0;
  return "group" in about ? any(about) : (await each(about.jobs, (job) => any({ job }))).includes(true);
}

export const showRecord = async (file: string) => detail(await call<Wire>(record(file)));

export type Judgement = { revision: number; state?: State; corrections: Edits; reviewer?: string };
export const reviewRecord = async (file: string, judgement: Judgement) => detail(await call<Wire>(`${record(file)}/review`, post(judgement)));

export const exportUrl = (format: string, about: { job: string } | { group: string }) => `/api/v1/records/export${query({ format, ...about })}`;

/** A document that made no record, and the job that it belongs to. */
export type Without = { job: string; file: JobFile };

/** Documents of which there is no record though there should be, or that ended otherwise than well. Only jobs with fewer records than files are read as a whole. */
export async function withoutRecord(about: About, records: readonly Record[]): Promise<Without[]> {
  const has = new Set(records.map(({ file_id }) => file_id));
  const jobs = await each("jobs" in about ? about.jobs : await incomplete(about.group, records), showJob);
  const lacks = ({ id, status, steps }: JobFile) => !has.has(id) && (status !== "succeeded" || steps.some(({ op }) => op === "record.save"));
  return jobs.flatMap((job: Job) => job.files.filter(lacks).map((file) => ({ job: job.id, file })));
}

async function incomplete(group: string, records: readonly Record[]): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = null, more = true; more;) {
    const page: Answer<"/api/v1/jobs", "get", 200> = await listJobs({ group, cursor, limit: 100 });
    found.push(...page.items.filter(({ id, counts }) => counts.files > records.filter(({ job_id }) => job_id === id).length).map(({ id }) => id));
    cursor = page.next_cursor ?? null;
    more = cursor !== null;
  }
  return found;
}

const artifact = (job: string, file: string, name: string) => `/api/v1/jobs/${encodeURIComponent(job)}/artifacts/${encodeURIComponent(file)}/${name}`;
export const pictureUrl = (job: string, file: string, page: number) => artifact(job, file, `pages/${page}.webp`);
export const pageSheets = async (job: string, file: string): Promise<Sheet[]> => sheetsOf(await readJson(artifact(job, file, "pages.json")));
