/**
 * `CanonicalUri`: step 1 of the canonical request, for every service except S3.
 *
 * The path as it goes on the wire is normalized (RFC 3986, section 6: `.`, `..`, empty segments) and then encoded once
 * more. A segment that is percent-encoded on the wire is thereby encoded twice: `%3A` becomes `%253A`.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { uriEncodePath } from "./encode.ts";

/** The canonical form of a wire path, which starts with "/". */
export function canonicalPath(path: string): string {
  return uriEncodePath(normalizePath(path));
}

/** Resolves `.` and `..` and drops empty segments; a trailing slash stays. */
function normalizePath(path: string): string {
  if (!path.includes("/.") && !path.includes("//")) return path;
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") kept.pop();
    else kept.push(segment);
  }
  const trailing = kept.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${kept.join("/")}${trailing}`;
}
