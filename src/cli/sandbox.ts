/** `signet sandbox`: a strict simulation of AWS as its own process, for trying policies without an account. */
import { Command, InvalidArgumentError } from "commander";
import { textOf, type CliContext } from "./context.ts";
import { example } from "./output.ts";
import { stopSignal } from "../server/signals.ts";

const DEFAULT_PORT = 8788;

export function sandboxCommand(context: CliContext): Command {
  return new Command("sandbox")
    .description("run a strict simulation of STS, IAM and Bedrock on this machine")
    .option("--port <port>", "port; 0 picks a free one", portNumber, DEFAULT_PORT)
    .option(
      "--today <date>",
      "the date that decides which models have reached end of life (default: the day of Signet's catalogue); STS, signatures and expiries use real time",
      isoDay,
    )
    .option("--json", "print the endpoint and the base credentials as JSON")
    .addHelpText(
      "after",
      example(
        "signet sandbox --port 8788",
        "signet sandbox --today 2027-01-31",
        "curl http://127.0.0.1:8788/_sandbox/health",
      ) + "\n\nsandbox/README.md lists its control endpoint, models and markers.",
    )
    .addCommand(makeRoleCommand(context))
    .action(async ({ json, ...options }: { port: number; today?: string; json?: true }) => {
      const { CATALOGUE_DATE, seedDefaults, startSandbox } = await import("../../sandbox/index.ts");
      const sandbox = await startSandbox({ today: CATALOGUE_DATE, ...options });
      const { account, userArn, accessKeyId, secretAccessKey } = seedDefaults(sandbox);
      const env = {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_ENDPOINT_URL: sandbox.url,
        AWS_REGION: "us-east-1",
      };
      if (json) context.out(JSON.stringify({ url: sandbox.url, account, userArn, env }));
      else printHow(context, userArn, env);
      await stopSignal();
      await sandbox.close();
    });
}

interface MakeRoleOptions {
  account: string;
  url?: string;
  json?: true;
}

/** The account owner's part, without an AWS account. */
function makeRoleCommand(context: CliContext): Command {
  return new Command("make-role")
    .description("create the role of a delegation's template in a running sandbox, or update it")
    .argument("<template>", "the template as JSON: signet delegation template acme --format json")
    .requiredOption("--account <id>", "12-digit account that the role belongs to")
    .option("--url <url>", "the sandbox's endpoint (default: AWS_ENDPOINT_URL)")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      example("signet sandbox make-role acme.json --account 111122223333 --url http://127.0.0.1:8788"),
    )
    .action(async (file: string, { account, json, ...options }: MakeRoleOptions, own: Command) => {
      const url = options.url ?? context.env["AWS_ENDPOINT_URL"];
      if (url === undefined) own.error("error: name the sandbox: --url, or AWS_ENDPOINT_URL");
      const template = JSON.parse(await textOf(context, file)) as {
        roleName: string;
        trustPolicy: object;
        policyName: string;
        permissions: object;
        maxSessionDuration: number;
      };
      const { roleName, trustPolicy, policyName, permissions, maxSessionDuration } = template;
      const roleArn = `arn:aws:iam::${account}:role/${roleName}`;
      const made = await control(url, "createRole", {
        account,
        roleName,
        trustPolicy,
        inlinePolicies: { [policyName]: permissions },
        maxSessionDuration,
      });
      if (!made.ok) {
        await required(control(url, "updateTrust", { roleArn, trustPolicy }));
        await required(control(url, "putPolicy", { arn: roleArn, policyName, policy: permissions }));
        await required(control(url, "updateRole", { roleArn, maxSessionDuration }));
      }
      context.out(json ? JSON.stringify({ roleArn }) : roleArn);
    });
}

function control(url: string, action: string, body: object): Promise<Response> {
  return fetch(`${url.replace(/\/+$/, "")}/_sandbox/iam/${action}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function required(asked: Promise<Response>): Promise<void> {
  const answer = await asked;
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
}

function printHow(context: CliContext, userArn: string, env: Record<string, string>): void {
  context.out(`# Your own AWS, until you press Ctrl-C. Signet's identity in it is ${userArn}.`);
  for (const [name, value] of Object.entries(env)) context.out(`export ${name}=${value}`);
  context.out(
    "# Then: signet delegation create, signet sandbox make-role, signet delegation verify, signet serve",
  );
}

/** A date such as `2026-11-23`; commander reports anything else as wrong usage. */
function isoDay(text: string): string {
  const day = new Date(text);
  if (!Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text) return text;
  throw new InvalidArgumentError("must be a date such as 2026-11-23.");
}

/** A TCP port; commander reports anything else as wrong usage. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("must be a port from 0 to 65535.");
  return port;
}
