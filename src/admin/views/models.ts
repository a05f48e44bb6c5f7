/** Bedrock's models as the catalogue knows them, and granted ones that end. */
import { z } from "zod";
import { time } from "./common.ts";

/** Members that no source knows are absent: see facts/form.ts for their meaning. */
export const catalogueModelView = z.object({
  id: z.string().describe("Foundation model."),
  name: z.string().exactOptional(),
  provider: z.string(),
  mode: z.string().exactOptional(),
  endpoints: z.array(z.enum(["runtime", "mantle"])),
  profiles: z.array(z.string()).describe("System-defined inference profiles."),
  regions: z.array(z.string()).exactOptional(),
  onDemandRegions: z
    .array(z.string())
    .exactOptional()
    .describe("Where bedrock-runtime serves it without a profile."),
  mantleRegions: z.array(z.string()).exactOptional(),
  input: z.array(z.string()),
  output: z.array(z.string()),
  streaming: z.boolean().exactOptional(),
  maxInputTokens: z.number().exactOptional(),
  maxOutputTokens: z.number().exactOptional(),
  dimensions: z.number().exactOptional(),
  thinking: z.string().exactOptional(),
  adaptiveThinking: z.boolean().exactOptional(),
  efforts: z.array(z.string()).exactOptional(),
  sampling: z.union([z.literal(false), z.literal("one")]).exactOptional(),
  toolUse: z.boolean().exactOptional(),
  forcedToolUse: z.boolean().exactOptional(),
  strictTools: z.boolean().exactOptional(),
  structuredOutput: z.string().exactOptional(),
  promptCaching: z.boolean().exactOptional(),
  promptCacheMinTokens: z.number().exactOptional(),
  countable: z.boolean().exactOptional().describe("Whether CountTokens serves it."),
  legacy: z.boolean().exactOptional().describe("AWS no longer recommends it."),
  endsAt: time.exactOptional(),
  endsBy: z
    .enum(["aws", "catalogue"])
    .exactOptional()
    .describe("Who says so: the account's own list, or the catalogue."),
  ended: z.boolean(),
  livesOnIn: z.array(z.string()).exactOptional().describe("Regions where it goes on after that day."),
  successor: z.string().exactOptional(),
  listedBy: z.array(z.string()).describe("Packages whose lists have it."),
});
export type CatalogueModelView = z.infer<typeof catalogueModelView>;

export const endingView = z.object({
  delegation: z.string(),
  granted: z.string().describe("As granted: a name, or a pattern that matches only models that end."),
  aliases: z.array(z.string()),
  model: z.string(),
  endsAt: time,
  ended: z.boolean(),
  source: z.enum(["aws", "catalogue"]),
  successor: z.string().exactOptional(),
  calls: z.number().describe("Within the last 30 days."),
});
export type EndingView = z.infer<typeof endingView>;
