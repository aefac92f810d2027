// Uploads by tus 1.0.0 that count and hash bytes and keep none. A name with "refuse" in it is too large, one with "quota" too much.
import { createHash, randomBytes } from "node:crypto";

const held = new Map();
const TUS = { "tus-resumable": "1.0.0", "cache-control": "no-store" };

/** What there is to know of a whole upload; null if there is none. */
export function whole(id) {
  const upload = held.get(id);
  return upload && upload.offset === upload.length ? { bytes: upload.length, sha256: upload.hash.copy().digest("hex") } : null;
}

export async function answer(id, request, response, problem) {
  if (request.method === "POST") return announce(request, response, problem);
  const upload = held.get(id);
  if (!upload) return problem(response, 404, "upload_not_found", "There is no such upload, or it was forgotten.");
  if (request.method === "PATCH") return append(upload, request, response, problem);
  if (request.method === "DELETE") held.delete(id);
  const stands = request.method === "HEAD" ? { "upload-offset": upload.offset, "upload-length": upload.length } : {};
  response.writeHead(request.method === "HEAD" ? 200 : 204, { ...TUS, ...stands }).end();
}

function announce(request, response, problem) {
  const name = Buffer.from(/filename ([^,]*)/.exec(request.headers["upload-metadata"] ?? "")?.[1] ?? "", "base64").toString();
  if (name.includes("refuse")) return problem(response, 413, "payload_too_large", "The file is larger than this server takes (2 GB).");
  if (name.includes("quota")) return problem(response, 429, "upload_quota", "Too much is on its way already. Finish some uploads, or forget them.");
  const id = `upload_${randomBytes(16).toString("hex")}`;
  held.set(id, { offset: 0, length: Number(request.headers["upload-length"]), hash: createHash("sha256") });
  response.writeHead(201, { ...TUS, location: `/api/v1/uploads/${id}` }).end();
}

async function append(upload, request, response, problem) {
  if (Number(request.headers["upload-offset"]) !== upload.offset) return problem(response, 409, "upload_offset", "The upload stands elsewhere.");
  try {
    for await (const part of request) {
      upload.hash.update(part);
      upload.offset += part.length;
    }
  } catch {
    // Cut off: what has come is kept.
    return;
  }
  response.writeHead(204, { ...TUS, "upload-offset": upload.offset }).end();
}
