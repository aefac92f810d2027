// Real results for the mock to serve: a small HLS ladder, MP4s and pictures, made once with ffmpeg into mock/.cache.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDocuments } from "./documents.mjs";

const cache = fileURLToPath(new URL(".cache", import.meta.url));
const TYPES = { m3u8: "application/vnd.apple.mpegurl", m4s: "video/iso.segment", mp4: "video/mp4", jpg: "image/jpeg", png: "image/png",
  webp: "image/webp", avif: "image/avif", json: "application/json", txt: "text/plain; charset=utf-8", m4a: "audio/mp4" };

const ffmpeg = (...args) => execFileSync("ffmpeg", ["-v", "error", "-y", ...args]);
const SCENE = "gradients=s=1280x720:d=6:c0=0x3b2412:c1=0xd9a441:c2=0x7a4a1c:c3=0xf0dcae:n=4:speed=0.02:r=25";

function makeVideo(folder) {
  mkdirSync(join(folder, "hls"), { recursive: true });
  const source = join(folder, "source.mp4");
  ffmpeg("-f", "lavfi", "-i", SCENE, "-f", "lavfi", "-i", "sine=f=220:d=6", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac", source);
  for (const height of [720, 360]) ffmpeg("-i", source, "-vf", `scale=-2:${height}`, "-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-c:a", "aac", join(folder, `${height}p.mp4`));
  ffmpeg("-i", join(folder, "720p.mp4"), "-i", join(folder, "360p.mp4"), "-map", "0:v", "-map", "0:a", "-map", "1:v", "-map", "1:a", "-c", "copy",
    "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4",
    "-master_pl_name", "master.m3u8", "-var_stream_map", "v:0,a:0 v:1,a:1", "-hls_segment_filename", join(folder, "hls/%v/seg%d.m4s"), join(folder, "hls/%v/index.m3u8"));
  renameMaster(folder);
  ffmpeg("-ss", "2", "-i", source, "-frames:v", "1", join(folder, "poster.jpg"));
  rmSync(source);
}

// Some ffmpeg versions put the master playlist beside the first variant and some one folder up.
function renameMaster(folder) {
  const inner = join(folder, "hls/0/master.m3u8");
  if (existsSync(inner)) renameSync(inner, join(folder, "hls/master.m3u8"));
}

function makeImage(folder) {
  mkdirSync(folder, { recursive: true });
  const source = ["-f", "lavfi", "-i", SCENE.replace("1280x720", "1600x1067"), "-frames:v", "1"];
  for (const [name, width] of [["large.jpg", 1600], ["medium.webp", 800], ["small.png", 320]]) ffmpeg(...source, "-vf", `scale=${width}:-2`, join(folder, name));
  ffmpeg(...source, "-vf", "crop=1000:1000,scale=160:160", join(folder, "thumb.jpg"));
}

function makeSound(folder) {
  mkdirSync(folder, { recursive: true });
  ffmpeg("-f", "lavfi", "-i", "sine=f=220:d=4", "-c:a", "aac", join(folder, "audio.m4a"));
}

function list(folder, prefix = "") {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? list(folder, `${prefix}${entry.name}/`) : [describe(folder, prefix + entry.name)]);
}

function describe(folder, name) {
  const path = join(folder, name);
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  return { name, path, media_type: TYPES[name.split(".").pop()] ?? "application/octet-stream", bytes: statSync(path).size, sha256 };
}

/** Artifacts by kind, each {name, path, media_type, bytes, sha256}. */
export function media() {
  const makers = { video: makeVideo, image: makeImage, audio: makeSound, document: (folder) => makeDocuments(folder, ffmpeg) };
  return Object.fromEntries(Object.entries(makers).map(([kind, make]) => {
    const folder = join(cache, kind);
    const marker = join(cache, `${kind}.done`);
    if (!existsSync(marker)) {
      rmSync(folder, { recursive: true, force: true });
      make(folder);
      mkdirSync(marker);
    }
    return [kind, list(folder)];
  }));
}
