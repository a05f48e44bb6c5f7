/** What probes need: AWS credentials and endpoints, as configured. */
import type { Command } from "commander";
import type { ProbeParts } from "../probes/parts.ts";
import { loadConfigOf, type CliContext } from "./context.ts";

export async function probeParts(context: CliContext, command: Command): Promise<ProbeParts> {
  const { awsSource } = await import("../server/open.ts");
  const { aws } = await loadConfigOf(context, command);
  const { probeParts: partsOf } = await import("../probes/parts.ts");
  return partsOf({ source: await awsSource(aws), clock: context.clock, aws });
}
