/** The rendered commands of the AWS CLI, run by a shell with a stub in place of `aws`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordingAws, type RecordingAws } from "../../../test/support/recording-aws.ts";
import type { DelegationTemplate } from "../document.ts";
import { REVOCATION_POLICY_NAME, revocationPolicy } from "../revocation-policy.ts";
import { delegationTemplate } from "../template.ts";
import { cliDeleteRolePolicy, cliPutRolePolicy, cliUpdateTrust } from "./cli.ts";
import { HOSTILE, SCENARIOS } from "./fixtures.ts";
import { renderTemplate } from "./render.ts";

const templates = Object.entries(SCENARIOS).map(
  ([name, delegation]) => [name, delegationTemplate(delegation)] as const,
);

describe("the AWS CLI commands", () => {
  let aws: RecordingAws;
  beforeAll(() => {
    aws = recordingAws();
  });
  afterAll(() => aws.remove());
  const callsOf = (script: string, fail?: string) => aws.callsOf(script, fail);

  it.each(templates)(
    "of the scenario %s create the role and its policy, then print its ARN",
    (_name, template) => {
      const [create, put, get, ...more] = callsOf(renderTemplate(template, "cli"));
      const { roleName, rolePath, description, maxSessionDuration } = template;
      expect(optionsOf(create!)).toEqual({
        command: "iam create-role",
        "role-name": roleName,
        path: rolePath,
        description,
        "max-session-duration": String(maxSessionDuration),
        "assume-role-policy-document": template.trustPolicy,
      });
      expect(optionsOf(put!)).toEqual({
        command: "iam put-role-policy",
        "role-name": roleName,
        "policy-name": template.policyName,
        "policy-document": template.permissions,
      });
      expect(optionsOf(get!)).toMatchObject({ command: "iam get-role", "role-name": roleName });
      expect(more).toEqual([]);
    },
  );

  it("stop at the first one that fails", () => {
    const script = renderTemplate(hostile, "cli");
    expect(callsOf(script, "create-role")).toHaveLength(1);
    expect(callsOf(script, "put-role-policy")).toHaveLength(2);
  });

  const hostile: DelegationTemplate = delegationTemplate(HOSTILE);

  it("change an existing role, whatever characters its names contain", () => {
    const { roleName, trustPolicy } = hostile;
    const revocation = revocationPolicy(new Date(0));
    const lines = [
      cliUpdateTrust(roleName, trustPolicy),
      cliPutRolePolicy(roleName, REVOCATION_POLICY_NAME, revocation),
      cliDeleteRolePolicy(roleName, "it's `$(id)`"),
    ];
    for (const line of lines) expect(line).not.toContain("\n");
    expect(callsOf(lines.join("\n")).map(optionsOf)).toEqual([
      { command: "iam update-assume-role-policy", "role-name": roleName, "policy-document": trustPolicy },
      {
        command: "iam put-role-policy",
        "role-name": roleName,
        "policy-name": REVOCATION_POLICY_NAME,
        "policy-document": revocation,
      },
      { command: "iam delete-role-policy", "role-name": roleName, "policy-name": "it's `$(id)`" },
    ]);
  });

  it("offer to update an existing role, in a comment that runs unchanged", () => {
    const [comment = ""] = /^#   aws .*$/m.exec(renderTemplate(hostile, "cli")) ?? [];
    expect(callsOf(`${comment.slice(1)} true`).map(optionsOf)).toEqual([
      {
        command: "iam update-assume-role-policy",
        "role-name": hostile.roleName,
        "policy-document": hostile.trustPolicy,
      },
    ]);
  });
});

/** Options by name as the AWS CLI reads them, documents parsed. */
function optionsOf(words: string[]): Record<string, unknown> {
  const options: Record<string, unknown> = { command: words.slice(0, 2).join(" ") };
  for (let at = 2; at < words.length; at++) {
    const [, name = "", inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(words[at]!) ?? [];
    const value = inline ?? words[++at]!;
    options[name] = name.endsWith("document") ? JSON.parse(value) : value;
  }
  return options;
}
