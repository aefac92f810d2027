// How the dashboard is built: hashed files under /assets/, nothing inlined, so that a strict Content-Security-Policy holds.
import { defineConfig } from "vite";

/** A running `gristmill serve` to talk to while developing, instead of the mock. */
const server = process.env["GRISTMILL_SERVER"];
const served = ["/api", "/health", "/metrics", "/openapi.json"];

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  // tus-js-client as it was written: its other build carries helpers for browsers that this page does not run in anyway.
  resolve: { alias: { "tus-js-client": "tus-js-client/lib/browser/index.js" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // hls.js is one large library, loaded only by a page that plays video.
    chunkSizeWarningLimit: 700,
  },
  server: server ? { proxy: Object.fromEntries(served.map((path) => [path, server])) } : {},
});
