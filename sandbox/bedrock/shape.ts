/** Bodies in a vendor's format, which no service model has: their JSON, and their shape. */
import type { z } from "zod";
import { validationError } from "../errors.ts";
import type { AwsError } from "../errors.ts";

export function parseShape<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const described = issues.map(({ path, message }) => {
    const place = path.length === 0 ? "#" : path.join(".");
    return `Value at '${place}' failed to satisfy constraint: ${message}`;
  });
  throw validationError(
    `${issues.length} validation error${issues.length === 1 ? "" : "s"} detected: ${described.join("; ")}`,
  );
}

/** The JSON of a request's body. */
export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw malformed();
  }
}

export function malformed(): AwsError {
  return validationError("Malformed input request, please reformat your input and try again.");
}
