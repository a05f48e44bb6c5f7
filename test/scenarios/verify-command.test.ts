/** `signet delegation verify` as a command: what it prints where, what it changes, its exit status. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Delegation } from "../../src/core/delegation.ts";
import { signet as run } from "../support/command.ts";
import { HAIKU, OWNER, delegateRole, type DelegatedRole } from "../support/delegated-role.ts";

describe("signet delegation verify", () => {
  let delegated: DelegatedRole;
  let cwd: string;
  let env: Record<string, string>;
  const signet = (line: string) => run(line, { cwd, env });

  beforeEach(async () => {
    delegated = await delegateRole();
    cwd = mkdtempSync(path.join(tmpdir(), "signet-verify-"));
    env = {
      AWS_ACCESS_KEY_ID: delegated.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: delegated.keys.secretAccessKey,
      AWS_ENDPOINT_URL: delegated.sandbox.url,
    };
    await signet(`delegation create acme --account ${OWNER} --region us-east-1 --model ${HAIKU}`);
    delegated.delegation = JSON.parse((await signet("delegation show acme --json")).out) as Delegation;
    delegated.makeRole();
  });
  afterEach(async () => {
    await delegated.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  it("prints only JSON on stdout, and the probes on stderr as they finish; --no-activate changes nothing", async () => {
    const { status, out, err } = await signet("delegation verify acme --no-activate --deep --json");
    expect([status, JSON.parse(out)]).toEqual([
      0,
      expect.objectContaining({ verdict: "pass", state: "pending" }),
    ]);
    expect(err).toContain("✓ The role can't be assumed without the External ID");
    expect(err).toContain("✓ s3:ListAllMyBuckets is denied");
  });

  it("suspends an active delegation whose role is too broad, reports the reason and the fix, and exits with 1", async () => {
    expect((await signet("delegation verify acme")).out).toContain("acme is now active");
    delegated.trust({ Effect: "Allow", Principal: { AWS: delegated.userArn }, Action: "sts:AssumeRole" });
    const { status, out } = await signet("delegation verify acme");
    expect(status).toBe(1);
    expect(out).toMatch(
      /✗ The role can't be assumed without the External ID +allowed\n +likely cause +external id/,
    );
    expect(out).toContain("aws iam update-assume-role-policy --role-name signet-acme --policy-document '{");
    expect(out).toContain("Suspended: the role can be assumed without its External ID");
    expect(out).toContain("acme is now suspended: its callers are refused");
    expect(out).not.toContain("\u001b[");
  });

  it("exits with 1 for an unknown delegation, with 2 for an unknown option", async () => {
    const missing = await signet("delegation verify nobody");
    expect([missing.status, missing.out]).toEqual([1, ""]);
    expect(missing.err).toContain("nobody");
    expect((await signet("delegation verify acme --deeper")).status).toBe(2);
  });
});
