/** The running Signet and its configuration. */
import { z } from "zod";
import { serverOperation } from "../operation.ts";
import { settingsView } from "../views/settings.ts";

export const settings = serverOperation(
  {
    id: "settings",
    method: "GET",
    path: "/settings",
    role: "viewer",
    summary: "Show version, endpoint, identity, features and the effective configuration, without secrets.",
    query: z.strictObject({}),
    result: settingsView,
  },
  (parts) => parts.settings(),
);
