/** `npm run bench`: every figure against its yardstick, measured in this run. `--json` for machines, `--quick` for a look. */
import { parseArgs } from "node:util";
import { writeCharts } from "./chart.ts";
import { p8 } from "./cold-start.ts";
import { p1, p2, p3, p4, p5, p6, p7 } from "./figures.ts";
import { p9 } from "./growth.ts";
import { p11 } from "./peer.ts";
import type { Effort, Figure } from "./sides.ts";
import { p10 } from "./start.ts";

const HELP = `Usage: npm run bench [-- options]

Measures the gateway against a pass-through proxy on node:http, in one run, as ratios.

  --json         one JSON document on standard output
  --quick        fewer rounds and calls: a look, not a figure to quote
  --only P1,P5   only these figures
  --charts DIR   also an SVG for each figure, into this folder
  --help`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    charts: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const FIGURES: Record<string, (effort: Effort) => Promise<Figure | Figure[]>> = {
  P1: p1,
  P2: p2,
  P3: p3,
  P4: p4,
  P5: p5,
  P6: p6,
  P7: p7,
  P8: p8,
  P9: p9,
  P10: p10,
  P11: p11,
};

async function main(): Promise<void> {
  if (values.help) return console.log(HELP);
  const effort: Effort = values.quick ? { rounds: 3, scale: 1 } : { rounds: 9, scale: 2 };
  const wanted = values.only?.split(",") ?? Object.keys(FIGURES);
  const figures: Figure[] = [];
  for (const [id, measure] of Object.entries(FIGURES)) {
    if (!wanted.includes(id)) continue;
    if (!values.json) process.stderr.write(`measuring ${id} …\n`);
    figures.push(...[await measure(effort)].flat());
  }
  if (values.charts !== undefined) writeCharts(values.charts, figures);
  const rows = figures.map((figure) => ({ ...figure, reached: figure.value <= figure.target }));
  if (values.json) return console.log(JSON.stringify({ node: process.version, figures: rows }, null, 2));
  for (const { id, what, value, unit, target, reached, details } of rows) {
    console.log(
      `${reached ? "✓" : "✗"} ${id.padEnd(7)} ${value.toFixed(2)} ${unit} (target ≤ ${target})  ${what}`,
    );
    console.log(
      `          ${Object.entries(details)
        .map(([name, number]) => `${name} ${number.toFixed(2)}`)
        .join(", ")}`,
    );
  }
}

await main();
process.exit(0);
