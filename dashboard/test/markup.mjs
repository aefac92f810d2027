// A small lint: no source may turn data into markup or code, and none may name another host.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const FORBIDDEN = [/innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function/, /https?:\/\/(?!www\.w3\.org\/2000\/svg)/];
const walk = (folder) => readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? walk(join(folder, name)) : [join(folder, name)]));

const found = walk(fileURLToPath(new URL("../src", import.meta.url))).filter((path) => !path.endsWith("schema.d.ts")).flatMap((path) =>
  readFileSync(path, "utf8").split("\n").flatMap((line, index) => (FORBIDDEN.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1}: ${line.trim()}`] : [])));
for (const line of found) console.error(line);
process.exit(found.length === 0 ? 0 : 1);
