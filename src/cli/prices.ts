/** `signet prices`: the prices of calls. */
import { Command } from "commander";
import type { CliContext } from "./context.ts";
import { example, printJson, printTable } from "./output.ts";
import { allPages, perform } from "./perform.ts";

export function pricesCommand(context: CliContext): Command {
  return new Command("prices")
    .description("list the prices of calls, in US dollars per million tokens")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nThe first row that matches a call applies; a model without a matching row has no known price.\n" +
        example("signet prices"),
    )
    .action(async ({ json }: { json?: true }, own: Command) => {
      const { listPrices } = await import("../admin/operations/limits.ts");
      const where = { context, command: own };
      const prices = await allPages((page) => perform(where, listPrices, { query: page }));
      if (json) return printJson(context, prices);
      const rows = prices.map(({ model, regions, tier, input, output, cacheRead, cacheWrite, source }) => [
        model,
        regions.join(", "),
        tier,
        ...[input, output, cacheRead, cacheWrite].map((price) =>
          price === null ? "unknown" : String(price),
        ),
        source,
      ]);
      printTable(
        context,
        ["MODEL", "REGIONS", "TIER", "INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE", "SOURCE"],
        rows,
      );
    });
}
