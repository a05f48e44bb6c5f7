/** Reads an operation's request: parameters, query and body, each checked by its form. */
import type { Context } from "hono";
import { z } from "zod";
import { checked } from "../registry/input.ts";
import { AdminError } from "./errors.ts";
import type { Asked } from "./operation.ts";

const NOTHING = z.strictObject({});
/** Throws AdminError or OperatorError with every problem. `params` are the route's, decoded. */
export async function askedOf(
  context: Context,
  forms: { query?: z.ZodType; body?: z.ZodType | undefined },
): Promise<Asked> {
  const query = checked(forms.query ?? NOTHING, queryOf(context.req.url));
  const body = forms.body && (await bodyOf(context, forms.body));
  return {
    params: context.req.param(),
    query,
    body,
  };
}

/** Each parameter may be given once. */
function queryOf(url: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URL(url).searchParams) {
    if (Object.hasOwn(query, name))
      throw new AdminError("invalid", `${name}: must be given only once`, [
        { field: name, message: "must be given only once" },
      ]);
    Object.defineProperty(query, name, { value, enumerable: true });
  }
  return query;
}

/** As sent: operations validate it again themselves. */
async function bodyOf(context: Context, form: z.ZodType): Promise<unknown> {
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  const text = await context.req.text();
  if (type !== "application/json")
    throw new AdminError("unsupported_media_type", "Send the body as application/json.");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new AdminError("invalid", "The body is not valid JSON.");
  }
  checked(form, body);
  return body;
}
