/** GetScopedCredentials, with the AWS SDK as client. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import {
  GetCallerIdentityCommand,
  GetScopedCredentialsCommand,
  type GetScopedCredentialsCommandInput,
  type GetScopedCredentialsCommandOutput,
} from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { CLAUDE, allow, bedrockClient, delegateRole, says, sessionWith, stsClient } from "../testing.ts";
import type { Keys } from "../testing.ts";

interface ServiceModel {
  source: string;
  shapes: Record<string, { min?: number; max?: number; required?: string[] }>;
}
const file = path.join(import.meta.dirname, "../../facts/service-models/sts.json");
const model = JSON.parse(readFileSync(file, "utf8")) as ServiceModel;

const ALL = JSON.stringify(allow("*"));
const CONVERSE = JSON.stringify(allow(["bedrock:InvokeModel", "sts:GetScopedCredentials"]));

let sandbox: Sandbox;
let keys: Keys;
beforeEach(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(sandbox, allow(["bedrock:*", "sts:GetScopedCredentials"]));
});
afterEach(() => sandbox.close());

function scope(
  given: GetScopedCredentialsCommandInput,
  by = keys,
): Promise<GetScopedCredentialsCommandOutput> {
  return stsClient(sandbox, by).send(new GetScopedCredentialsCommand(given));
}

function keysOf({ Credentials }: GetScopedCredentialsCommandOutput): Keys {
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
}

const converse = (by: Keys) =>
  bedrockClient(sandbox, by).send(new ConverseCommand({ modelId: CLAUDE, messages: says("hi") }));

describe(`GetScopedCredentials (${model.source})`, () => {
  it("narrows what the session may do, and keeps who it is and when it ends", async () => {
    const before = await stsClient(sandbox, keys).send(new GetCallerIdentityCommand({}));
    const answer = await scope({ Policy: CONVERSE });
    const scoped = keysOf(answer);
    const after = await stsClient(sandbox, scoped).send(new GetCallerIdentityCommand({}));
    expect([after.Arn, after.UserId, answer.SessionInfo?.Arn]).toEqual([
      before.Arn,
      before.UserId,
      before.Arn,
    ]);
    expect(answer.ScopedPoliciesCount).toBe(1);
    expect((await converse(scoped)).stopReason).toBe("end_turn");

    const less = keysOf(await scope({ Policy: JSON.stringify(allow("bedrock:CountTokens")) }, scoped));
    await expect(converse(less)).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect((await converse(scoped)).stopReason).toBe("end_turn");
  });

  it("every layer must allow, and a deny in any of them wins", async () => {
    const wide = keysOf(await scope({ Policy: ALL }));
    const narrow = keysOf(await scope({ Policy: JSON.stringify(allow("sts:GetScopedCredentials")) }, wide));
    await expect(converse(narrow)).rejects.toMatchObject({ name: "AccessDeniedException" });
    const widened = keysOf(await scope({ Policy: ALL }, narrow));
    await expect(converse(widened)).rejects.toMatchObject({ name: "AccessDeniedException" });
    const denying = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "*", Resource: "*" },
        { Effect: "Deny", Action: "bedrock:InvokeModel", Resource: "*" },
      ],
    };
    const denied = keysOf(await scope({ Policy: JSON.stringify(denying) }));
    await expect(converse(denied)).rejects.toThrow("explicit deny");
  });

  it("adds at most three policies; a shorter duration alone adds none", async () => {
    let current = keys;
    for (const count of [1, 2, 3]) {
      const answer = await scope({ Policy: ALL }, current);
      expect(answer.ScopedPoliciesCount).toBe(count);
      current = keysOf(answer);
    }
    await expect(scope({ Policy: ALL }, current)).rejects.toMatchObject({ name: "AccessDenied" });
    expect((await scope({ DurationSeconds: 60 }, current)).ScopedPoliciesCount).toBe(3);
  });

  it("may end earlier than the session, never later", async () => {
    const soon = await scope({ DurationSeconds: 1 });
    expect(soon.Credentials!.Expiration!.getTime()).toBeLessThan(Date.now() + 5_000);
    const { max = 0 } = model.shapes["scopedCredentialDurationSecondsType"] ?? {};
    await expect(scope({ DurationSeconds: max })).rejects.toMatchObject({
      name: "InsufficientSessionLifetimeException",
    });
    await expect(scope({ DurationSeconds: max + 1 })).rejects.toMatchObject({ name: "ValidationError" });
    await expect(scope({ DurationSeconds: 0 })).rejects.toMatchObject({ name: "ValidationError" });
  });

  it("needs a policy or a duration, and takes a policy of at most the documented length", async () => {
    await expect(scope({})).rejects.toMatchObject({ name: "ValidationError" });
    await expect(scope({ Policy: "{}" })).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    const { max = 0 } = model.shapes["sessionPolicyDocumentType"] ?? {};
    const padded = (length: number) => ALL.slice(0, -1) + " ".repeat(length - ALL.length) + "}";
    expect((await scope({ Policy: padded(max) })).ScopedPoliciesCount).toBe(1);
    await expect(scope({ Policy: padded(max + 1) })).rejects.toMatchObject({ name: "ValidationError" });
  });

  it("isn't there on the global endpoint", async () => {
    const client = stsClient(sandbox, keys);
    client.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers["host"] = "sts.amazonaws.com";
        return next(args);
      },
      { step: "build", priority: "low" },
    );
    expect((await client.send(new GetCallerIdentityCommand({}))).Arn).toContain(":assumed-role/");
    await expect(client.send(new GetScopedCredentialsCommand({ Policy: ALL }))).rejects.toMatchObject({
      name: "InvalidAction",
    });
  });

  it("takes temporary credentials only, with the permission for it", async () => {
    const { seeded } = delegateRole(sandbox);
    await expect(scope({ Policy: ALL }, seeded)).rejects.toMatchObject({
      name: "InvalidSubjectCredentialsException",
    });
    const without = keysOf(await scope({ Policy: JSON.stringify(allow("bedrock:*")) }));
    await expect(scope({ Policy: ALL }, without)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});
