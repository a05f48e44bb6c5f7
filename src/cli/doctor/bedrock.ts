/** Whether Bedrock can be reached in each delegation's region: its runtime, and its control plane. */
import { endpointOf } from "../../core/regions.ts";
import type { Delegation } from "../../core/delegation.ts";
import { OPERATIONS } from "../../core/operations.ts";
import { failed, ok, skipped, warning, type Check, type Finding } from "./check.ts";
import { unrevokedOf, regionsOf, type Installation } from "./installation.ts";
import { reach } from "./reach.ts";

export const runtimeCheck: Check = {
  name: "Bedrock runtime",
  overdue: "Bedrock doesn't answer: check the network",
  async run(installation) {
    const { endpoints } = installation.config.aws;
    return inEachRegion(installation, {
      service: "bedrock-runtime",
      override: endpoints.bedrockRuntime,
      setting: "aws.endpoints.bedrockRuntime",
      isNeeded: true,
    });
  },
};

export const controlPlaneCheck: Check = {
  name: "Bedrock control",
  overdue: runtimeCheck.overdue,
  async run(installation) {
    const { endpoints } = installation.config.aws;
    return inEachRegion(installation, {
      service: "bedrock",
      override: endpoints.bedrock,
      setting: "aws.endpoints.bedrock",
      isNeeded: unrevokedOf(await installation.stored).some(usesControlPlane),
    });
  },
};

interface Service {
  service: "bedrock-runtime" | "bedrock";
  override: string | undefined;
  setting: string;
  /** Whether granted calls go there; if not, a failure is only a warning. */
  isNeeded: boolean;
}

async function inEachRegion(installation: Installation, service: Service): Promise<Finding[]> {
  const regions = regionsOf(installation.config, await installation.stored);
  if (regions.length === 0) return [skipped("no region is configured, and no delegation has one")];
  return Promise.all(regions.map((region) => finding(installation, service, region)));
}

async function finding(installation: Installation, service: Service, region: string): Promise<Finding> {
  const { config } = installation;
  const { override, setting, isNeeded } = service;
  const origin = override ?? endpointOf(service.service, region, config.aws);
  const { via, trouble } = await reach({ origin, setting }, installation);
  if (!trouble) return ok(`${region}: ${origin} answers${via === undefined ? "" : ` through ${via}`}`);
  const seen = `${region}: ${origin}: ${trouble.reason}`;
  if (isNeeded) return failed(seen, trouble.fix);
  return warning(
    `${seen} (needed only for listing models and profiles, which no delegation grants)`,
    trouble.fix,
  );
}

function usesControlPlane({ grants }: Delegation): boolean {
  const granted = grants.flatMap(({ operations }) => operations);
  return granted.some((name) => name === "*" || OPERATIONS[name].service === "bedrock");
}
