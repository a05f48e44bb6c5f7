/** The running Signet and its configuration; models to choose from. */
import { z } from "zod";
import { modelsIn } from "../models.ts";
import { operation, serverOperation } from "../operation.ts";
import { page, pageQuery } from "../page.ts";
import { pageOf } from "../views/common.ts";
import { modelView, settingsView } from "../views/settings.ts";

export const listModels = operation(
  {
    id: "models.list",
    method: "GET",
    path: "/models",
    role: "viewer",
    summary: "List models to choose from for a new delegation.",
    query: pageQuery.extend({ region: z.string().max(40).default("us-east-1") }),
    result: pageOf(modelView),
  },
  async (_, { query }) => page(modelsIn(query.region), query, ({ id }) => id),
);

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
