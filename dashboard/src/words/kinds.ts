// What a file seems to be, and which pipeline would take it. Only a first guess for the person choosing:
// the server decides by content and says so for each file.
import type { Pipeline } from "../api/client";

/** The kinds of file that pipelines accept. */
export type Kind = "image" | "video" | "audio" | "document" | "unknown";

const ENDINGS: Record<string, Kind> = {
  jpg: "image", jpeg: "image", png: "image", webp: "image", avif: "image", gif: "image", heic: "image", heif: "image",
  tif: "image", tiff: "image", bmp: "image", svg: "image", jxl: "image",
  mp4: "video", m4v: "video", mov: "video", mkv: "video", webm: "video", avi: "video", ts: "video", mts: "video",
  mpg: "video", mpeg: "video", ogv: "video", "3gp": "video", wmv: "video", flv: "video",
  mp3: "audio", m4a: "audio", wav: "audio", flac: "audio", ogg: "audio", opus: "audio", aac: "audio",
  pdf: "document", docx: "document", xlsx: "document", pptx: "document", odt: "document", ods: "document", odp: "document", txt: "document", md: "document", rtf: "document",
};

export function kindOf(name: string, mediaType: string): Kind {
  const family = mediaType.split("/")[0];
  if (family === "image" || family === "video" || family === "audio") return family;
  if (mediaType === "application/pdf" || family === "text") return "document";
  const ending = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toLowerCase() : "";
  return ENDINGS[ending] ?? "unknown";
}

export function takes(pipeline: Pipeline, kind: Kind): boolean {
  return kind === "unknown" || pipeline.accepts.length === 0 || pipeline.accepts.some((accepted) => accepted.split("/")[0] === kind);
}

/** The pipeline for one kind: the one named after it, else the first that takes it. */
export function guess(pipelines: readonly Pipeline[], kind: Kind): Pipeline | undefined {
  const named = pipelines.find((pipeline) => pipeline.name === kind);
  if (named && takes(named, kind)) return named;
  return pipelines.find((pipeline) => kind !== "unknown" && takes(pipeline, kind));
}

/** One word for the cause of an error, from whose fault it was. */
export function faultWord(fault: string | undefined): string {
  switch (fault?.toLowerCase()) {
    case "input": return "The file does not qualify";
    case "limit": return "A limit was reached";
    case "tool": return "A tool failed";
    case "bug": return "A defect in Gristmill";
    default: return "Error";
  }
}
