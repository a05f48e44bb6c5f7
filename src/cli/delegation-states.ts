/** `signet delegation suspend|revoke|rotate-external-id`: operator's actions on a delegation in use. */
import { Command } from "commander";
import type { DelegationView } from "../admin/views/delegations.ts";
import type { CliContext } from "./context.ts";
import { noteHeld } from "./key-holders.ts";
import { example, printJson } from "./output.ts";
import { perform } from "./perform.ts";

interface StateOptions {
  reason?: string;
  json?: true;
}

export function suspendCommand(context: CliContext): Command {
  return new Command("suspend")
    .description("suspend a delegation until it is resumed; running calls are cut off")
    .argument("<name>")
    .option("--reason <text>", "reason, for the audit log and `show`")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet delegation suspend acme --reason 'ticket 4711'"))
    .action(async (name: string, { reason, json }: StateOptions, own: Command) => {
      const { suspend } = await import("../admin/operations/delegations.ts");
      const asked = { params: { name }, body: reason === undefined ? {} : { reason } };
      const after = await perform({ context, command: own }, suspend, asked);
      if (json) return printJson(context, after);
      context.out(`${name} is suspended`);
      context.note(`To verify and resume it: signet delegation resume ${name}`);
    });
}

export function revokeCommand(context: CliContext): Command {
  return new Command("revoke")
    .description(
      "revoke a delegation permanently: its keys are refused immediately, running calls are cut off",
    )
    .argument("<name>")
    .option("--reason <text>", "reason, for the audit log and `show`")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet delegation revoke acme"))
    .action(async (name: string, { reason, json }: StateOptions, own: Command) => {
      const { revoke } = await import("../admin/operations/delegations.ts");
      const where = { context, command: own };
      const asked = { params: { name }, body: reason === undefined ? {} : { reason } };
      const { holders, ...revoked } = await perform(where, revoke, asked);
      if (json) printJson(context, revoked);
      else context.out(`${name} is revoked`);
      noteHeld(context, holders);
      if (!json && revoked.roleArn !== undefined) await noteOwnersPart(context, revoked, revoked.roleArn);
    });
}

/** Signet has dropped its sessions; the account owner ends those that AWS still accepts. */
async function noteOwnersPart(context: CliContext, { name }: DelegationView, roleArn: string): Promise<void> {
  const { REVOCATION_POLICY_NAME, revocationPolicy } = await import("../iam/revocation-policy.ts");
  const { cliPutRolePolicy } = await import("../iam/render/cli.ts");
  const roleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  context.note("");
  context.note("Signet has dropped its sessions. To end them in AWS too, the account owner runs:");
  context.note(
    `  ${cliPutRolePolicy(roleName, REVOCATION_POLICY_NAME, revocationPolicy(new Date(context.clock.now())))}`,
  );
  context.note("and revokes the role by deleting it, or by removing Signet from its trust policy.");
  context.note(`To see that it takes effect: signet delegation prove-revoked ${name}`);
}

export function rotateExternalIdCommand(context: CliContext): Command {
  return new Command("rotate-external-id")
    .description(
      "start replacing the External ID: both are valid until a verification shows that the role accepts the new one",
    )
    .argument("<name>")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet delegation rotate-external-id acme"))
    .action(async (name: string, { json }: StateOptions, own: Command) => {
      const { rotateExternalId } = await import("../admin/operations/delegations.ts");
      const asked = { params: { name } };
      const rotating = await perform({ context, command: own }, rotateExternalId, asked);
      if (json) return printJson(context, rotating);
      context.out(rotating.nextExternalId ?? "");
      context.note(`1. The account owner updates the role's trust policy to accept both ids:`);
      context.note(`     signet policy trust ${name}`);
      context.note(`2. Verify the new one, which is used from then on: signet delegation verify ${name}`);
      context.note(`3. The account owner removes the old one from the trust policy:`);
      context.note(`     signet policy trust ${name}`);
      context.note(`4. Verify that the old one is rejected: signet delegation verify ${name}`);
    });
}
