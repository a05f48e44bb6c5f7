/** `signet policy` and `signet delegation template` over a real store: what they print, where, and their exit status. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandContext } from "../../test/support/command.ts";
import { systemClock } from "../core/clock.ts";
import { addClient } from "../registry/clients.ts";
import { createDelegation } from "../registry/delegations.ts";
import { OperatorError } from "../registry/errors.ts";
import { revokeDelegation } from "../registry/lifecycle.ts";
import type { PolicyDocument } from "../iam/document.ts";
import type { Finding } from "../iam/lint/finding.ts";
import { TEMPLATE_FORMATS } from "../iam/render/formats.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { policyCommand } from "./policy.ts";
import { templateCommand } from "./template.ts";

const PRINCIPAL = "arn:aws:iam::123456789012:user/signet";
const operator = { actor: "test", clock: systemClock };

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "signet-policy-"));
  await inStore(async (store) => {
    const input = {
      account: "111122223333",
      region: "us-east-1",
      grants: [{ models: ["us.anthropic.claude-*"] }],
    };
    const named = (name: string) => ({ ...input, name, roleName: `signet-${name}` });
    await createDelegation(store, { ...named("acme"), trust: { principal: PRINCIPAL } }, operator);
    await createDelegation(store, named("unknown"), operator);
    await createDelegation(store, { ...input, name: "own" }, operator);
    const narrow = [{ delegation: "acme", grants: [{ models: ["us.anthropic.claude-haiku-*"] }] }];
    await addClient(store, { name: "app", delegations: narrow }, operator);
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function inStore(work: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openSqliteStore(path.join(folder, "signet.db"), { mustExist: false });
  await work(store);
  await store.close();
}

interface Ended {
  out: string;
  note: string;
  status: number;
}

/** Runs `policy …` or `template …`. */
async function run(...words: string[]): Promise<Ended> {
  const [out, note]: [string[], string[]] = [[], []];
  let status = 0;
  const context = commandContext({
    cwd: folder,
    out: (line) => void out.push(line),
    note: (line) => void note.push(line),
    fail: (code = 1) => void (status = code),
  });
  const signet = new Command("signet").option("--config <file>").option("--data <folder>");
  signet.addCommand(policyCommand(context)).addCommand(templateCommand(context));
  await signet.parseAsync(["--data", folder, ...words], { from: "user" });
  return { out: out.join("\n"), note: note.join("\n"), status };
}

async function policyOf(...words: string[]): Promise<PolicyDocument> {
  return JSON.parse((await run("policy", ...words)).out) as PolicyDocument;
}

describe("signet policy", () => {
  it("prints the trust policy, with the delegation's External ID and Signet's identity", async () => {
    const [statement] = (await policyOf("trust", "acme")).Statement;
    expect(statement?.Principal).toEqual({ AWS: PRINCIPAL });
    expect(statement?.Condition?.["StringEquals"]?.["sts:ExternalId"]).toMatch(/^sgx-/);
  });

  it("takes Signet's identity from --principal if the delegation doesn't know it", async () => {
    await expect(run("policy", "trust", "unknown")).rejects.toThrow(/^trust\.principal: .*--principal/);
    const { Statement } = await policyOf("trust", "unknown", "--principal", PRINCIPAL);
    expect(Statement[0]?.Principal).toEqual({ AWS: PRINCIPAL });
    await expect(run("policy", "trust", "acme", "--principal", "x")).rejects.toThrow(OperatorError);
    const gov = "arn:aws-us-gov:iam::123456789012:user/signet";
    await expect(run("policy", "trust", "acme", "--principal", gov)).rejects.toThrow(/partition/);
  });

  it("prints compact JSON with the policy's name for programs", async () => {
    const { out } = await run("policy", "role", "acme", "--json");
    const { name, policy } = JSON.parse(out) as { name: string; policy: object };
    expect([name, out.includes("\n")]).toEqual(["signet-bedrock", false]);
    expect(policy).toEqual(await policyOf("role", "acme"));
  });

  it("prints the session policy of a client, narrowed to its grants", async () => {
    const ofDelegation = JSON.stringify(await policyOf("session", "acme"));
    const ofClient = JSON.stringify(await policyOf("session", "acme", "--client", "app"));
    expect(ofDelegation).toContain("inference-profile/us.anthropic.claude-*");
    expect(ofClient).toContain("inference-profile/us.anthropic.claude-haiku-*");
    expect(ofClient).not.toContain("claude-*");
    await expect(run("policy", "session", "acme", "--client", "else")).rejects.toThrow(/no client .*"else"/);
  });

  it("prints the revocation policy for a given time, and the command that applies it as a note", async () => {
    const { out, note } = await run("policy", "revoke", "acme", "--before", "2026-11-23T08:00:00+01:00");
    expect((JSON.parse(out) as PolicyDocument).Statement[0]?.Condition).toEqual({
      DateLessThan: { "aws:TokenIssueTime": "2026-11-23T07:00:00.000Z" },
    });
    expect(note).toContain("aws iam put-role-policy --role-name signet-acme");
  });

  it("prints Signet's own policy, which allows assuming the roles of all delegations", async () => {
    expect((await policyOf("base")).Statement[0]).toMatchObject({
      Action: "sts:AssumeRole",
      Resource: ["acme", "unknown"].map((name) => `arn:aws:iam::111122223333:role/signet-${name}`),
    });
    const { out } = await run("policy", "base", "--partition", "aws", "--json");
    expect(JSON.parse(out)).toEqual({ partition: "aws", policy: await policyOf("base") });
    await expect(run("policy", "base", "--partition", "aws-eusc")).rejects.toThrow(
      /no delegation .* in aws-eusc/,
    );
  });

  it("rejects an unknown delegation, and policies of one without a role", async () => {
    await expect(run("policy", "trust", "nobody")).rejects.toThrow('there is no delegation "nobody"');
    for (const name of ["trust", "role", "session", "revoke"])
      await expect(run("policy", name, "own")).rejects.toThrow(/^delegation: own has no role/);
  });
});

describe("signet policy lint", () => {
  const file = () => path.join(folder, "policy.json");

  it("succeeds if nothing is broader than the delegation", async () => {
    for (const kind of ["trust", "role"]) {
      writeFileSync(file(), (await run("policy", kind, "acme")).out);
      expect(await run("policy", "lint", file(), "--delegation", "acme")).toEqual({
        out: "The policy allows nothing beyond acme",
        note: "",
        status: 0,
      });
    }
  });

  it("reports each loophole with its fix, and exits with 1", async () => {
    const policy = await policyOf("trust", "acme");
    delete policy.Statement[0]!.Condition;
    writeFileSync(file(), JSON.stringify(policy));
    const people = await run("policy", "lint", file(), "--delegation", "acme");
    expect(people.out).toMatch(
      /^Statement\[0\]: broader: .* \[external_id_missing\]\n {4}Require sts:ExternalId with StringEquals/,
    );
    expect(people.status).toBe(1);
    const programs = await run("policy", "lint", file(), "--delegation", "acme", "--json");
    const [finding, ...more] = JSON.parse(programs.out) as Finding[];
    expect(Object.keys(finding!)).toEqual(["code", "place", "message", "fix", "severity"]);
    expect([more, programs.status]).toEqual([[], 1]);
  });

  it("reports that Signet's own identity is unknown", async () => {
    const { out } = await run("policy", "trust", "unknown", "--principal", PRINCIPAL);
    writeFileSync(file(), out);
    const { note, status } = await run("policy", "lint", file(), "--delegation", "unknown");
    expect([note, status]).toEqual([expect.stringContaining("--principal"), 0]);
  });

  it("fails for a missing file", async () => {
    await expect(run("policy", "lint", file(), "--delegation", "acme")).rejects.toThrow(
      "policy.json: no such file",
    );
  });
});

describe("signet delegation template", () => {
  it.each(TEMPLATE_FORMATS)("prints only the template as %s on stdout", async (format) => {
    const { out, note } = await run("template", "acme", "--format", format);
    expect(out).toContain("signet-acme");
    expect(out).not.toContain("signet delegation verify");
    expect(note).toContain("signet delegation verify acme");
  });

  it("prints the same for --json as for the format json, and no notes", async () => {
    const { out, note } = await run("template", "acme", "--json");
    expect(note).toBe("");
    expect(out).toBe((await run("template", "acme", "--format", "json")).out);
  });

  it("rejects a delegation without a role, without a known principal, or revoked", async () => {
    await expect(run("template", "own")).rejects.toThrow(/^roleArn: is missing/);
    await expect(run("template", "unknown")).rejects.toThrow(/^trust\.principal: .*--principal/);
    expect((await run("template", "unknown", "--principal", PRINCIPAL)).out).toContain("signet-unknown");
    await inStore((store) => revokeDelegation(store, "acme", operator));
    await expect(run("template", "acme")).rejects.toThrow("acme is revoked");
  });
});
