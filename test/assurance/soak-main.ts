/**
 * `npm run soak`: mixed traffic against a real process for ten minutes, or as many as `--minutes` says. Prints a line
 * every ten seconds; exits with 1 if anything didn't hold.
 */
import { parseArgs } from "node:util";
import { faultsOf, soak } from "./soak.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  process.stderr.write("--minutes: a number above 0.\n");
  process.exit(2);
}
const line = (cells: (string | number)[]) =>
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(10)).join("")}\n`);
line(["second", "calls", "RSS MiB", "heap MiB", "ext. MiB", "files", "lag ms"]);
const soaked = await soak(minutes * 60, {
  everySeconds: 10,
  onSample: ({ at, calls, rss, heap, external, handles, lagMs }) =>
    line([at, calls, rss, heap, external, handles, lagMs]),
});
const { calls, arrived, recorded, unexpected } = soaked;
process.stdout.write(
  `\n${calls} requests, ${unexpected.length} unexpected; ${arrived} calls at Bedrock, ${recorded} recorded\n`,
);
const faults = faultsOf(soaked);
for (const fault of faults) process.stdout.write(`✗ ${fault}\n`);
if (faults.length === 0) process.stdout.write("✓ complete, and nothing grew\n");
process.exit(faults.length === 0 ? 0 : 1);
