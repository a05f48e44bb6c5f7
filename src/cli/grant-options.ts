/** The options by which commands name grants, the same for delegations, clients and keys. */
import { Option, type Command } from "commander";
import type { GrantView } from "../admin/views/delegations.ts";
import { SETTINGS } from "../core/settings.ts";
import type { GrantInput } from "../registry/input.ts";

export interface GrantOptions {
  operation?: string[];
  model?: string[];
  grantRegion?: string[];
  allowSetting?: string[];
  allowHeader?: string[];
}

const repeated = (value: string, before: string[] | undefined) => [...(before ?? []), value];

function repeatable(flags: string, about: string): Option {
  return new Option(flags, `${about} (repeatable)`).argParser(repeated);
}

/** Adds the options to `command`. `others`: the defaults, for the help. */
export function addGrantOptions(
  command: Command,
  others: { model: string; operation: string; region: string; setting: string },
  modelRequired = false,
): Command {
  return command
    .addOption(
      repeatable(
        "--model <pattern>",
        `model id, inference-profile id or ARN, * matches any text; ${others.model}`,
      ).makeOptionMandatory(modelRequired),
    )
    .addOption(
      repeatable("--operation <name>", `Bedrock operation such as Converse, * for all; ${others.operation}`),
    )
    .addOption(repeatable("--grant-region <region>", `region that calls may be sent to; ${others.region}`))
    .addOption(
      repeatable(
        "--allow-setting <name>",
        `what the caller may set in its calls: ${SETTINGS.join(", ")}; ${others.setting}`,
      ),
    )
    .addOption(
      repeatable("--allow-header <name>", "the same, by the name of the header that says it").hideHelp(),
    );
}

/** The grant from the options, or undefined without any. */
export function grantFrom(options: GrantOptions): GrantInput | undefined {
  const grant: GrantInput = {
    // Validated with everything else by the service.
    ...(options.operation && { operations: options.operation }),
    ...(options.model && { models: options.model }),
    ...(options.grantRegion && { regions: options.grantRegion }),
    ...(options.allowSetting && { settings: options.allowSetting }),
    ...(options.allowHeader && { headers: options.allowHeader }),
  };
  return Object.keys(grant).length === 0 ? undefined : grant;
}

/** One line for each grant. */
export function grantLines(grants: readonly GrantView[]): string[] {
  return grants.map(({ operations, models, regions, settings }) => {
    const parts = [operations.join(", "), `on ${models.join(", ")}`, `in ${regions.join(", ")}`];
    return [...parts, ...(settings.length > 0 ? [`with ${settings.join(", ")}`] : [])].join(" ");
  });
}
