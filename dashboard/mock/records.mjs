// Records that pretend to have been read: listed, shown, judged, taken away. An amount must be one, a date too. A name with "sure" in it
// is accepted without a person; one with "meanwhile" is changed by somebody else just before the first review of it.
import { fieldsOf, TEMPLATES, templateOf } from "./documents.mjs";

const records = new Map();
const now = () => new Date().toISOString();
const doubtful = ({ status, required, confidence }) => (status === "missing" ? required : status === "grounded" ? confidence < 0.9 : status !== "confirmed");

function nested(fields) {
  const data = {};
  for (const { path, value } of fields) {
    const [name, row, column] = path.slice(1).split("/");
    if (column === undefined) data[name] = value;
    else ((data[name] ??= [])[Number(row)] ??= {})[column] = value;
  }
  return data;
}

/** What the list shows follows from the fields. */
function settle(record) {
  const { fields } = record;
  const sure = fields.filter(({ value }) => value !== null).map(({ confidence }) => confidence);
  return Object.assign(record, { doubts: fields.filter(doubtful).length, confidence: sure.length > 0 ? Math.min(...sure) : 0, data: nested(fields), changed_at: now() });
}

/** A file was read (again). */
export function save(job, file) {
  const kind = templateOf(file.name);
  const fields = fieldsOf(kind).map((field) => (file.name.includes("sure") ? { ...field, confidence: 0.97, status: field.status === "missing" ? "missing" : "grounded", checks: [], alternatives: [] } : field));
  const before = records.get(file.id);
  const record = settle({ file_id: file.id, job_id: job.id, group: job.group, name: file.name, schema: TEMPLATES[kind].schema, state: "open", revision: (before?.revision ?? 0) + 1,
    created_at: before?.created_at ?? now(), reviewed_by: null, reviewed_at: null, fields, corrections: before?.corrections ?? [], disturbed: !file.name.includes("meanwhile") });
  if (record.doubts === 0) record.state = "accepted";
  records.set(file.id, record);
}

const summary = ({ fields: _f, corrections: _c, group: _g, disturbed: _d, ...rest }) => structuredClone(rest);
const whole = (record) => ({ ...summary(record), fields: record.fields, corrections: record.corrections });

function chosen({ job, group, state, schema }) {
  const known = { job_id: job, group, state, schema };
  return [...records.values()].reverse().filter((record) => Object.entries(known).every(([key, value]) => !value || record[key] === value));
}

function list(asked, response, send) {
  const found = chosen(asked);
  const from = asked.cursor ? found.findIndex(({ file_id }) => file_id === asked.cursor) + 1 : 0;
  const items = found.slice(from, from + Math.min(200, Number(asked.limit ?? 50)));
  send(response, 200, { items: items.map(summary), ...(from + items.length < found.length ? { next_cursor: items.at(-1).file_id } : {}) });
}

function take(asked, response) {
  const rows = chosen(asked).map(({ file_id, job_id, name, schema, state, confidence, data }) => ({ file_id, job_id, file_name: name, schema, state, confidence, ...data }));
  const format = asked.format ?? "csv";
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const cell = (value) => (value == null ? "" : `"${(typeof value === "object" ? JSON.stringify(value) : String(value)).replaceAll('"', '""')}"`);
  const body = format === "csv" ? [columns.join(","), ...rows.map((row) => columns.map((name) => cell(row[name])).join(","))].join("\r\n") : format === "json" ? JSON.stringify(rows) : "PAR1PAR1";
  response.writeHead(200, { "content-type": format === "csv" ? "text/csv" : "application/octet-stream", "content-disposition": `attachment; filename="records.${format}"` }).end(body);
}

function checked(type, typed) {
  if (typed === null) return typed;
  const text = String(typed).trim();
  if (type === "amount") {
    const plain = text.replace(",", ".");
    if (!/^\d+(\.\d{1,2})?$/.test(plain)) throw new Error(`\`${text}\` is no amount: write it like 1234.50.`);
    return Number(plain).toFixed(2);
  }
  if (type === "date" && !/^\d{4}-\d\d-\d\d$/.test(text)) throw new Error(`\`${text}\` is no date: write it as YYYY-MM-DD.`);
  if (type === "number") return Number(text);
  return text;
}

function correct(record, corrections, by) {
  const set = [];
  const wrong = [];
  for (const [path, typed] of Object.entries(corrections).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const field = record.fields.find((one) => one.path === path) ?? record.fields.find((one) => one.path.replace(/\d+/, "") === path.replace(/\d+/, ""));
    try {
      if (!field) throw new Error(`There is no field \`${path}\`.`);
      set.push([path, field, checked(field.type, typed)]);
    } catch (cause) {
      wrong.push(`${path}: ${cause.message}`);
    }
  }
  if (wrong.length > 0) return wrong.join(" ");
  for (const [path, field, value] of set) {
    const known = field.path === path ? field : { ...field, path, value: null, text: undefined, page: undefined, box: undefined, required: false, alternatives: [] };
    if (known !== field) record.fields.push(known);
    if (known.value !== value) record.corrections.push({ path, before: known.value, after: value, by, at: now() });
    Object.assign(known, { checks: known.value === value ? known.checks : [], source: "person", value, status: "confirmed", confidence: 1 });
  }
  return null;
}

function judge(record, asked, response, send, problem) {
  if (!record.disturbed) {
    record.disturbed = true;
    const total = record.fields.find(({ path }) => path === "/total") ?? record.fields[0];
    correct(record, { [total.path]: "20.00" }, "Bram");
    Object.assign(settle(record), { revision: record.revision + 1, reviewed_by: "Bram", reviewed_at: now() });
  }
  if (asked.revision !== record.revision) return problem(response, 409, "changed_meanwhile", "Somebody else changed the record since you saw it. Read it again.");
  const by = asked.reviewer ?? "you";
  const wrong = correct(record, asked.corrections ?? {}, by);
  if (wrong) return problem(response, 422, "correction_invalid", wrong);
  Object.assign(settle(record), { state: asked.state ?? record.state, revision: record.revision + 1, reviewed_by: by, reviewed_at: now() });
  send(response, 200, whole(record));
}

/** Answers below `/api/v1/records`. */
export async function answer(rest, url, request, response, { send, problem, readAll }) {
  const asked = Object.fromEntries(url.searchParams);
  if (rest.length === 0) return list(asked, response, send);
  if (rest[0] === "export") return take(asked, response);
  const record = records.get(rest[0]);
  if (!record) return problem(response, 404, "record_not_found", "There is no such record.");
  if (rest[1] === "review") return judge(record, JSON.parse((await readAll(request)).toString()), response, send, problem);
  send(response, 200, whole(record));
}
