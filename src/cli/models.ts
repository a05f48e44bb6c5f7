/** `signet models`: Bedrock's models with their ends of life, limits and features. */
import { styleText } from "node:util";
import { Command, InvalidArgumentError } from "commander";
import type { CatalogueFilters } from "../admin/operations/models.ts";
import type { CatalogueModelView } from "../admin/views/models.ts";
import type { CliContext } from "./context.ts";
import { example, printJson, printTable } from "./output.ts";
import { allPages, perform, remoteOf, type Where } from "./perform.ts";

interface Options extends CatalogueFilters {
  all?: true;
  json?: true;
}

export function modelsCommand(context: CliContext): Command {
  return new Command("models")
    .description("list Bedrock's models: ends of life, limits, and what each takes")
    .option("--provider <id>", "only of this vendor: anthropic, amazon, openai, …")
    .option("--geography <prefix>", "only with an inference profile of this geography: us, eu, global, …")
    .option("--region <region>", "only those that can be called from this region")
    .option("--ending <days>", "only those that end within this time, such as 60d, or have ended", days)
    .option("--delegation <name>", "only those that it grants; its account's own dates win")
    .option("--all", "also those that have ended")
    .option("--json", "print JSON, with every known fact")
    .addHelpText(
      "after",
      "\nThe catalogue is part of Signet (facts/catalogue.json). It warns and chooses; Bedrock decides what can be called.\n" +
        "PROFILES are the prefixes of inference profiles; - means that it is called by its id, or only through mantle.\n" +
        "TAKES: tools, forced (tool choice), strict (tool schemas), schema (structured output), cache, count (CountTokens),\n" +
        "thinking and its efforts; one-sampler (temperature or topP), no-sampling.\n" +
        example(
          "signet models --region eu-central-1",
          "signet models --delegation acme --ending 60d",
          "signet models --provider anthropic --json",
        ),
    )
    .action(async ({ all, json, ...filters }: Options, own: Command) => {
      const found = await catalogueOf({ context, command: own }, filters);
      const shown = found.filter(({ ended }) => !ended || all === true || filters.ending !== undefined);
      if (json) return printJson(context, shown);
      if (shown.length === 0) return context.note(await nothingFound(filters));
      const rows = shown.map((model) => [
        model.id,
        geographiesOf(model),
        `${short(model.input)} → ${short(model.output)}`,
        tokens(model.maxInputTokens),
        tokens(model.maxOutputTokens),
        takes(model).join(" ") || "-",
        endText(context, model),
      ]);
      printTable(context, ["MODEL", "PROFILES", "KIND", "INPUT", "OUTPUT", "TAKES", "ENDS"], rows);
    });
}

/** The catalogue needs no store; what a delegation grants does. */
async function catalogueOf(where: Where, filters: CatalogueFilters): Promise<CatalogueModelView[]> {
  const { catalogued, listCatalogue } = await import("../admin/operations/models.ts");
  if (filters.delegation === undefined && !remoteOf(where))
    return catalogued(listCatalogue.query.parse(filters), { now: where.context.clock.now() });
  return allPages((page) => perform(where, listCatalogue, { query: { ...page, ...filters } }));
}

async function nothingFound({ provider, geography }: CatalogueFilters): Promise<string> {
  const { MODELS, PROFILES } = await import("../bedrock/catalogue.ts");
  const providers = MODELS.map((model) => model.provider);
  const geographies = PROFILES.map((profile) => profile.geography);
  return `no model matches${known("provider", providers, provider)}${known("geography", geographies, geography)}`;
}

function known(name: string, all: readonly string[], given: string | undefined): string {
  if (given === undefined || all.includes(given.toLowerCase())) return "";
  return `; --${name}: ${[...new Set(all)].toSorted().join(", ")}`;
}

function geographiesOf({ id, profiles }: CatalogueModelView): string {
  return profiles.map((profile) => profile.slice(0, -id.length - 1)).join(",") || "-";
}

const KINDS: Readonly<Record<string, string>> = {
  TEXT: "text",
  IMAGE: "image",
  DOCUMENT: "document",
  AUDIO: "audio",
  SPEECH: "speech",
  VIDEO: "video",
  EMBEDDING: "embedding",
};

function short(modalities: readonly string[]): string {
  return modalities.map((modality) => KINDS[modality] ?? modality).join("+") || "?";
}

/** `1M`, `200k`, `8192`. */
function tokens(count: number | undefined): string {
  if (count === undefined) return "-";
  if (count >= 1_000_000) return `${Number((count / 1e6).toFixed(2))}M`;
  return count % 1_000 === 0 ? `${count / 1_000}k` : String(count);
}

function takes(model: CatalogueModelView): string[] {
  const { thinking, efforts = [], sampling } = model;
  const effort = efforts.length === 0 ? "" : `:${efforts[0]}…${efforts.at(-1)}`;
  const found: [string, boolean | undefined][] = [
    ["tools", model.toolUse],
    ["forced", model.forcedToolUse],
    ["strict", model.strictTools],
    ["schema", model.structuredOutput === "native"],
    ["cache", model.promptCaching],
    ["count", model.countable],
    [`thinking-${thinking}${effort}`, thinking !== undefined && thinking !== "none"],
    ["one-sampler", sampling === "one"],
    ["no-sampling", sampling === false],
  ];
  return found.filter(([, has]) => has === true).map(([name]) => name);
}

function endText(
  context: CliContext,
  { endsAt, ended, legacy, endsBy, successor }: CatalogueModelView,
): string {
  if (endsAt === undefined) return legacy === true ? "legacy, no date" : "-";
  const day = new Date(endsAt).toISOString().slice(0, 10);
  const next = successor === undefined ? "" : `, then ${successor}`;
  const text = `${ended ? `ended ${day}` : day}${endsBy === "aws" ? " (account)" : ""}${next}`;
  return ended && context.isTerminal ? styleText("red", text) : text;
}

/** Days; `60d` as well as `60`. */
function days(text: string): number {
  const [, number] = /^([0-9]{1,4})d?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("must be a number of days, such as 60d");
  return Number(number);
}
