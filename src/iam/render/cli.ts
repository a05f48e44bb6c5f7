/**
 * AWS CLI commands, each one line, quoted for a POSIX shell. They do the same pasted or run as a script.
 * Source: the AWS CLI command reference, `iam`; POSIX.1-2024, Shell Command Language, 2.2 Quoting.
 */
import type { DelegationTemplate, PolicyDocument } from "../document.ts";
import { asciiJson } from "./ascii.ts";

/** Replaces the trust policy of an existing role. */
export function cliUpdateTrust(roleName: string, trustPolicy: PolicyDocument): string {
  return command("update-assume-role-policy", {
    "role-name": roleName,
    "policy-document": asciiJson(trustPolicy),
  });
}

/** Adds an inline policy to a role, or replaces the one of that name. */
export function cliPutRolePolicy(roleName: string, policyName: string, policy: PolicyDocument): string {
  return command("put-role-policy", {
    "role-name": roleName,
    "policy-name": policyName,
    "policy-document": asciiJson(policy),
  });
}

export function cliDeleteRolePolicy(roleName: string, policyName: string): string {
  return command("delete-role-policy", { "role-name": roleName, "policy-name": policyName });
}

/** Creates the role and prints its ARN; each command runs only if the previous one succeeded. */
export function renderCli(template: DelegationTemplate): string {
  const { delegation, account, roleName, policyName, trustPolicy, permissions } = template;
  const check = command("get-role", { "role-name": roleName, query: "Role.Arn", output: "text" });
  return [
    `# Delegation ${delegation}: a role that delegates Amazon Bedrock access to Signet.`,
    `# Run this with an administrator's credentials of account ${account}.`,
    "# If the role already exists, replace the first command with this one:",
    `#   ${cliUpdateTrust(roleName, trustPolicy)} &&`,
    "",
    `${cliCreateRole(template)} &&`,
    `${cliPutRolePolicy(roleName, policyName, permissions)} &&`,
    check,
    "",
  ].join("\n");
}

function cliCreateRole(template: DelegationTemplate): string {
  return command("create-role", {
    "role-name": template.roleName,
    path: template.rolePath,
    description: template.description,
    "max-session-duration": String(template.maxSessionDuration),
    "assume-role-policy-document": asciiJson(template.trustPolicy),
  });
}

function command(name: string, options: Record<string, string>): string {
  const words = Object.entries(options).map(([option, value]) => {
    // A value that begins with a hyphen would be read as an option.
    const separator = value.startsWith("-") ? "=" : " ";
    return `--${option}${separator}${quoted(value)}`;
  });
  return ["aws iam", name, ...words].join(" ");
}

/** Within single quotes a shell changes nothing; only the quote itself needs escaping. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
