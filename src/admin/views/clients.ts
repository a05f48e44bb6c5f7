/** Clients in the admin API. */
import { z } from "zod";
import { time } from "./common.ts";
import { grantView } from "./delegations.ts";
import { limitsView } from "./limits.ts";

export const clientView = z.object({
  name: z.string(),
  delegations: z.array(z.object({ delegation: z.string(), grants: z.array(grantView).nullable() })),
  limits: limitsView.exactOptional(),
  createdAt: time,
  revokedAt: time.exactOptional(),
});
export type ClientView = z.infer<typeof clientView>;

export const clientRow = clientView.extend({ keys: z.number().describe("Active keys.") });
export type ClientRowView = z.infer<typeof clientRow>;
