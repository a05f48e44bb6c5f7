/**
 * Images, documents and videos as Converse takes them: bytes only, of known formats and bounded sizes. A URL is
 * never fetched: that would let callers reach everything that the gateway can.
 */
import { isBase64, withoutPadding } from "../core/base64.ts";
import type {
  DocumentBlock,
  DocumentFormat,
  ImageBlock,
  ImageFormat,
  VideoBlock,
  VideoFormat,
} from "./converse.ts";

const IMAGES: Record<string, ImageFormat> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/jpg": "jpeg",
  "image/gif": "gif",
  "image/webp": "webp",
};

const DOCUMENTS: Record<string, DocumentFormat> = {
  "application/pdf": "pdf",
  "text/csv": "csv",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/html": "html",
  "text/plain": "txt",
  "text/markdown": "md",
};

const VIDEOS: Record<string, VideoFormat> = {
  "video/x-matroska": "mkv",
  "video/quicktime": "mov",
  "video/mp4": "mp4",
  "video/webm": "webm",
  "video/x-flv": "flv",
  "video/mpeg": "mpeg",
  "video/x-ms-wmv": "wmv",
  "video/3gpp": "three_gp",
};

/** Bytes. Source: the Converse page of the Bedrock user guide. */
const MAX_IMAGE = 3_750_000;
const MAX_DOCUMENT = 4_500_000;

export interface Media {
  /** Without parameters, e.g. `image/png`. */
  mimeType: string;
  base64: string;
  /** The file's name, where the caller gave one. */
  name?: string;
}

/** The block for a caller's data, or the problem, as a sentence about the field. */
export function mediaBlock({
  mimeType,
  base64,
  name,
}: Media): ImageBlock | DocumentBlock | VideoBlock | { problem: string } {
  const type = mimeType.toLowerCase();
  const image = lookup(IMAGES, type);
  const document = lookup(DOCUMENTS, type);
  const video = lookup(VIDEOS, type);
  const bytes = standardBase64(base64);
  if (bytes === undefined) return { problem: "the data is not base64." };
  const size = byteLength(bytes);
  if (image) {
    if (size > MAX_IMAGE)
      return { problem: `an image of ${size} bytes exceeds Bedrock's limit of ${MAX_IMAGE}.` };
    return { image: { format: image, source: { bytes } } };
  }
  if (document) {
    if (size > MAX_DOCUMENT)
      return { problem: `a document of ${size} bytes exceeds Bedrock's limit of ${MAX_DOCUMENT}.` };
    return { document: { format: document, name: documentName(name), source: { bytes } } };
  }
  if (video) return { video: { format: video, source: { bytes } } };
  return { problem: `Bedrock doesn't accept data of type ${JSON.stringify(mimeType.slice(0, 80))}.` };
}

/** Reads `data:image/png;base64,…`; undefined for anything else, such as a URL that would have to be fetched. */
export function readDataUrl(url: string): Media | undefined {
  if (!url.startsWith("data:")) return undefined;
  const comma = url.indexOf(",");
  const [mimeType = "", ...parameters] = url.slice("data:".length, Math.max(comma, 0)).split(";");
  return parameters.at(-1) === "base64" ? { mimeType, base64: url.slice(comma + 1) } : undefined;
}

/** Converse requires names of alphanumerics, single spaces, hyphens, parentheses and square brackets. */
export function documentName(name = "document"): string {
  const plain = name
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replace(/[^A-Za-z0-9()[\]-]+/g, " ")
    .trim();
  return plain.slice(0, 200).trim() || "document";
}

function lookup<T>(table: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Some clients write the URL-safe alphabet, or leave the padding out. Undefined if it is empty or no base64. */
export function standardBase64(text: string): string | undefined {
  const isUrlSafe = text.includes("-") || text.includes("_");
  const standard = isUrlSafe ? text.replaceAll("-", "+").replaceAll("_", "/") : text;
  const unpadded = withoutPadding(standard);
  if (standard === "" || unpadded.length % 4 === 1 || !isBase64(unpadded)) return undefined;
  // It is nearly always complete already, and megabytes need no copy.
  if (standard.length % 4 === 0) return standard;
  return unpadded.padEnd(Math.ceil(unpadded.length / 4) * 4, "=");
}

function byteLength(base64: string): number {
  return Buffer.byteLength(base64, "base64");
}
