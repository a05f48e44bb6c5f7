/** The answer to a request that failed. */
import { z } from "zod";
import { ADMIN_ERRORS, type AdminErrorCode } from "../errors.ts";

export const errorView = z.object({
  error: z.object({
    code: z.enum(Object.keys(ADMIN_ERRORS) as AdminErrorCode[]),
    message: z.string(),
    problems: z.array(z.object({ field: z.string(), message: z.string() })).exactOptional(),
  }),
});
export type ErrorView = z.infer<typeof errorView>;
