/** `signet policy`: every policy document of a delegation, and a check of one written by hand for excess permissions. */
import { Command, InvalidArgumentError } from "commander";
import { ownOutput } from "../core/async-output.ts";
import type { Delegation } from "../core/delegation.ts";
import { notFound, OperatorError } from "../registry/errors.ts";
import type { Finding } from "../iam/lint/finding.ts";
import type { Store } from "../store/store.ts";
import { textOf, withStore, type CliContext } from "./context.ts";
import { example, printJson } from "./output.ts";
import { compiled, withPrincipal } from "../registry/template.ts";

interface PolicyOptions {
  principal?: string;
  json?: true;
}

export function policyCommand(context: CliContext): Command {
  return new Command("policy")
    .description("print the IAM policies of delegations, or check one written by hand")
    .addCommand(trustCommand(context))
    .addCommand(roleCommand(context))
    .addCommand(sessionCommand(context))
    .addCommand(revokeCommand(context))
    .addCommand(baseCommand(context))
    .addCommand(lintCommand(context));
}

const PRINCIPAL = ["--principal <arn>", "Signet's own user or role (default: as in the delegation)"] as const;
const JSON_OPTION = ["--json", "print compact JSON: the policy, and its name if it has one"] as const;

function trustCommand(context: CliContext): Command {
  return new Command("trust")
    .description("print the trust policy of the role; during a rotation it lists both External IDs")
    .argument("<delegation>")
    .option(...PRINCIPAL)
    .option(...JSON_OPTION)
    .addHelpText("after", example("signet policy trust acme"))
    .action(async (name: string, { principal, json }: PolicyOptions, own: Command) => {
      const { trustPolicy } = await import("../iam/trust-policy.ts");
      const delegation = withPrincipal(await delegationOf(context, own, name), principal);
      printPolicy(context, json, { policy: compiled(() => trustPolicy(delegation)) });
    });
}

function roleCommand(context: CliContext): Command {
  return new Command("role")
    .description("print the permissions of the role, its only inline policy")
    .argument("<delegation>")
    .option(...JSON_OPTION)
    .addHelpText("after", example("signet policy role acme"))
    .action(async (name: string, { json }: PolicyOptions, own: Command) => {
      const { rolePolicy } = await import("../iam/role-policy.ts");
      const { POLICY_NAME } = await import("../iam/template.ts");
      const delegation = await delegationOf(context, own, name);
      printPolicy(context, json, { name: POLICY_NAME, policy: compiled(() => rolePolicy(delegation)) });
    });
}

function sessionCommand(context: CliContext): Command {
  return new Command("session")
    .description(
      "print the session policy that AssumeRole gets, for the delegation or one of its clients, and those of further steps",
    )
    .argument("<delegation>")
    .option("--client <name>", "a client of the delegation (default: everything the delegation grants)")
    .option(...JSON_OPTION)
    .addHelpText("after", example("signet policy session acme --client billing"))
    .action(async (name: string, options: PolicyOptions & { client?: string }, own: Command) => {
      const { sessionLayers } = await import("../iam/session-policy.ts");
      const { delegation, grants } = await withStore(context, own, async (store) => {
        const found = await existingWithRole(store, name);
        return { delegation: found, grants: await grantsUnder(store, found, options.client) };
      });
      const { role } = delegation;
      const narrowed = options.client === undefined ? role : ownOutput(role, { name: options.client });
      const [layers] = compiled(() => sessionLayers(grants, delegation, narrowed));
      const [policy = {}, ...further] = layers.map((text) => JSON.parse(text) as object);
      if (further.length > 0 && !options.json) context.note("For AssumeRole:");
      printPolicy(context, options.json, { policy, ...(further.length > 0 && { further }) });
      if (options.json) return;
      for (const each of further) {
        context.note("For GetScopedCredentials, on the session before:");
        printJson(context, each);
      }
    });
}

/** What the delegation and the client grant together. Throws OperatorError if the client doesn't belong to it. */
async function grantsUnder(store: Store, delegation: Delegation, client: string | undefined) {
  if (client === undefined) return delegation.grants;
  const found = await store.clients.get(client);
  if (!found?.delegations.some((entry) => entry.delegation === delegation.name))
    throw notFound(`client of ${delegation.name}`, client);
  const { grantsOf } = await import("../iam/intersect.ts");
  return grantsOf(delegation, found);
}

function revokeCommand(context: CliContext): Command {
  return new Command("revoke")
    .description("print the policy that ends the role's sessions issued before a given time")
    .argument("<delegation>")
    .option("--before <time>", "ISO 8601, such as 2026-11-23T08:00:00Z (default: now)", isoTime)
    .option(...JSON_OPTION)
    .addHelpText("after", example("signet policy revoke acme"))
    .action(async (name: string, { before, json }: PolicyOptions & { before?: Date }, own: Command) => {
      const { REVOCATION_POLICY_NAME, revocationPolicy } = await import("../iam/revocation-policy.ts");
      const { roleArn } = await delegationOf(context, own, name);
      const policy = revocationPolicy(before ?? new Date(context.clock.now()));
      printPolicy(context, json, { name: REVOCATION_POLICY_NAME, policy });
      if (json || roleArn === undefined) return;
      const { cliPutRolePolicy } = await import("../iam/render/cli.ts");
      const roleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
      context.note("");
      context.note("The account owner attaches it to the role:");
      context.note(`  ${cliPutRolePolicy(roleName, REVOCATION_POLICY_NAME, policy)}`);
    });
}

function isoTime(value: string): Date {
  const date = new Date(value);
  if (
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(value) ||
    isNaN(Number(date))
  )
    throw new InvalidArgumentError("It must be a time such as 2026-11-23T08:00:00Z.");
  return date;
}

function baseCommand(context: CliContext): Command {
  return new Command("base")
    .description(
      "print the policy of Signet's own user or role, which allows assuming the delegated roles; one for each partition",
    )
    .option("--partition <name>", "only for delegations in aws, aws-us-gov or aws-eusc")
    .option("--json", "print compact JSON: the partition and its policy, one line for each")
    .addHelpText("after", example("signet policy base", "signet policy base --partition aws-us-gov"))
    .action(async ({ partition, json }: PolicyOptions & { partition?: string }, own: Command) => {
      const { basePolicies } = await import("../iam/base-policy.ts");
      const all = await withStore(context, own, (store) => store.delegations.list());
      const found = compiled(() => basePolicies(all)).filter(
        (each) => partition === undefined || each.partition === partition,
      );
      if (found.length === 0)
        throw new OperatorError("not_found", [{ field: "partition", message: noDelegations(partition) }]);
      for (const each of found) {
        if (found.length > 1) context.note(`In the partition ${each.partition}:`);
        if (json) context.out(JSON.stringify(each));
        else printJson(context, each.policy);
      }
    });
}

function noDelegations(partition: string | undefined): string {
  return `there is no delegation with a role${partition === undefined ? "" : ` in ${partition}`}`;
}

function lintCommand(context: CliContext): Command {
  return new Command("lint")
    .description(
      "report what a trust or permissions policy allows beyond a delegation (exit status 1), and what it lacks",
    )
    .argument("<file>", "the policy document, - for stdin")
    .requiredOption("--delegation <name>", "the delegation to compare it with")
    .option(...PRINCIPAL)
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      example(
        "signet policy lint trust.json --delegation acme",
        "aws iam get-role --role-name signet-acme --query Role.AssumeRolePolicyDocument |",
        "    signet policy lint - --delegation acme",
      ),
    )
    .action(async (file: string, options: PolicyOptions & { delegation: string }, own: Command) => {
      const { lintPolicy } = await import("../iam/lint/lint.ts");
      const document = await textOf(context, file);
      const found = await withStore(context, own, (store) => existing(store, options.delegation));
      const delegation = withPrincipal(found, options.principal);
      const findings = compiled(() => lintPolicy(document, delegation));
      if (options.json) printJson(context, findings);
      else printFindings(context, findings, delegation);
      if (findings.some(isFault)) context.fail();
    });
}

/** A warning says that calls may be denied; it is no fault of what the policy allows. */
function isFault({ severity }: Finding): boolean {
  return severity !== "warning";
}

function printFindings(context: CliContext, findings: readonly Finding[], { name, trust }: Delegation): void {
  for (const { place, severity, code, message, fix } of findings) {
    context.out(`${place}: ${severity}: ${message} [${code}]`);
    context.out(`    ${fix}`);
  }
  if (!findings.some(isFault)) context.out(`The policy allows nothing beyond ${name}`);
  if (trust.principal === undefined)
    context.note("Signet's own identity is unknown: principals were not compared (set it with --principal).");
}

function printPolicy(
  context: CliContext,
  json: true | undefined,
  named: { name?: string; policy: object; further?: object[] },
): void {
  if (json) context.out(JSON.stringify(named));
  else printJson(context, named.policy);
}

function delegationOf(context: CliContext, command: Command, name: string): Promise<Delegation> {
  return withStore(context, command, (store) => existingWithRole(store, name));
}

async function existing(store: Store, name: string): Promise<Delegation> {
  const found = await store.delegations.get(name);
  if (!found) throw notFound("delegation", name);
  return found;
}

/** Throws OperatorError `invalid` for a delegation that has no role: it has no policies. */
async function existingWithRole(store: Store, name: string): Promise<Delegation> {
  const found = await existing(store, name);
  const message = `${name} has no role: its calls are signed with Signet's own credentials`;
  if (found.roleArn === undefined) throw new OperatorError("invalid", [{ field: "delegation", message }]);
  return found;
}
