/** Parts shared by answers. Times are epoch milliseconds; no answer holds a digest or a sealed secret. */
import { z } from "zod";

export const time = z.number().describe("Epoch milliseconds.");
export const usd = z.number().describe("US dollars.");
/** A policy document. */
export const policy: z.ZodType<object> = z.looseObject({});

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** Pass it as `cursor` to get the next page; null on the last one. */
    next: z.string().nullable(),
  });
