/** The rendered commands of the AWS CLI, run by a shell with a stub in place of `aws`. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "signet-render-"));
    const stub = path.join(folder, "aws");
    writeFileSync(
      stub,
      `#!/bin/sh\nprintf '%s\\0' "$@" >> "$CALLS"; printf '\\0' >> "$CALLS"\n[ "$2" != "$FAIL" ]\n`,
    );
    chmodSync(stub, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a script with a stub in place of `aws`; returns the arguments of each call. */
  function callsOf(script: string, fail = ""): string[][] {
    const calls = path.join(folder, "calls");
    writeFileSync(calls, "");
    const env = { PATH: `${folder}:/usr/bin:/bin`, CALLS: calls, FAIL: fail };
    try {
      execFileSync("sh", ["-s"], { input: script, env, cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
    } catch (error) {
      if (fail === "") throw error;
    }
    const recorded = readFileSync(calls, "utf8").split("\0\0").slice(0, -1);
    return recorded.map((call) => call.split("\0"));
  }

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
