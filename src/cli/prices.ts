/** `signet prices`: the prices of calls. */
import { Command } from "commander";
import type { PriceRow } from "../admin/views/limits.ts";
import { loadConfigOf, type CliContext } from "./context.ts";
import { example, printJson, printTable } from "./output.ts";
import { allPages, perform, remoteOf, type Where } from "./perform.ts";

const RATES = ["INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE", "FOR AN HOUR"];
const HEADINGS = ["MODEL", "REGIONS", "TIER", "ABOVE", ...RATES, "SOURCE"];

export function pricesCommand(context: CliContext): Command {
  return new Command("prices")
    .description("list the prices of calls, in US dollars per million tokens")
    .argument("[model]", "only models whose name contains this")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nThe first price that matches a call applies; a model without one has no known price. A row with ABOVE\n" +
        "applies to all tokens of a call that has more tokens of input, cached ones included.\n" +
        example("signet prices us.anthropic"),
    )
    .action(async (model: string | undefined, { json }: { json?: true }, own: Command) => {
      const where = { context, command: own };
      const prices = await pricesOf(where, model === undefined ? {} : { model });
      if (json) return printJson(context, prices);
      if (prices.length === 0)
        return context.note(
          `no price is known for models with ${model ?? ""} in their names; \`signet models\` lists names`,
        );
      const rows = prices.map((row) => [
        row.model,
        row.regions.join(", "),
        row.tier,
        row.above === 0 ? "" : row.above.toLocaleString("en"),
        ...[row.input, row.output, row.cacheRead, row.cacheWrite, row.cacheWrite1h].map((price) =>
          price === null ? "unknown" : String(price),
        ),
        row.source,
      ]);
      printTable(context, HEADINGS, rows);
    });
}

/** They are in Signet and in the operator's file: no store is needed. */
async function pricesOf(where: Where, query: { model?: string }): Promise<PriceRow[]> {
  const { listPrices, pricesIn } = await import("../admin/operations/limits.ts");
  if (remoteOf(where))
    return allPages((page) => perform(where, listPrices, { query: { ...page, ...query } }));
  const { loadPrices } = await import("../prices/file.ts");
  const { prices } = await loadConfigOf(where.context, where.command);
  return pricesIn(loadPrices(prices.file), query);
}
