/** What this Signet is, and how it is set up. */
import { z } from "zod";
import { serverOperation } from "../operation.ts";
import { settingsView } from "../views.ts";

export const settings = serverOperation({
  id: "settings",
  method: "GET",
  path: "/settings",
  role: "viewer",
  summary: "Version, endpoint, identity, features and the effective configuration, without secrets.",
  query: z.strictObject({}),
  result: settingsView,
  run: (parts) => parts.settings(),
});
