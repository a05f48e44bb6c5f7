/** The built console's files: read once, served from memory. */
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { Context, Hono } from "hono";
import { AdminError } from "./errors.ts";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
};

interface Asset {
  type: string;
  plain: Uint8Array<ArrayBuffer>;
  gzip: Uint8Array<ArrayBuffer>;
}

/** Where `npm run console` builds it, in the repository and in the package. */
const FOLDER = path.resolve(import.meta.dirname, "../../console/dist");

/** Serves the console below `/`; every page is the same file, whose script does the routing. */
export function addConsole(app: Hono, folder = FOLDER): void {
  const assets = existsSync(folder) ? read(folder) : new Map<string, Asset>();
  app.get("*", (context) => {
    const { path: wanted } = context.req;
    if (wanted.startsWith("/api/")) throw new AdminError("not_found", "No such route.");
    const known = assets.get(wanted);
    const asset = known ?? (path.extname(wanted) === "" ? assets.get("/index.html") : undefined);
    if (asset) return answer(context, asset, known !== undefined && wanted.startsWith("/assets/"));
    const built = assets.size > 0;
    throw new AdminError(
      "not_found",
      built ? "No such file." : "The console has not been built. Run: npm run console",
    );
  });
}

function read(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of globSync("**/*", { cwd: folder })) {
    const type = TYPES[path.extname(name)];
    if (type === undefined) continue;
    const plain = new Uint8Array(readFileSync(path.join(folder, name)));
    assets.set(`/${name.replaceAll(path.sep, "/")}`, { type, plain, gzip: new Uint8Array(gzipSync(plain)) });
  }
  return assets;
}

/** Files below /assets have their content's hash in their name. */
function answer(context: Context, { type, plain, gzip }: Asset, isHashed: boolean): Response {
  context.header("content-type", type);
  context.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
  context.header("vary", "accept-encoding");
  if (!/\bgzip\b/.test(context.req.header("accept-encoding") ?? "")) return context.body(plain);
  context.header("content-encoding", "gzip");
  return context.body(gzip);
}
