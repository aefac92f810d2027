// Runs the tests of the pure parts, and of the desk without a page: Vite turns the TypeScript into modules, node:test runs them.
import { readdirSync } from "node:fs";
import { createServer } from "vite";

const server = await createServer({ server: { middlewareMode: true, hmr: false, ws: false }, appType: "custom", logLevel: "error", optimizeDeps: { noDiscovery: true } });
const here = new URL(".", import.meta.url);
for (const name of readdirSync(here).filter((file) => file.endsWith(".test.ts"))) await server.ssrLoadModule(`/test/${name}`);
await server.close();
