/** The AWS SDKs as clients, straight against the sandbox. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { seedDefaults, startSandbox } from "./index.ts";
import type { Sandbox } from "./index.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

describe("smoke", () => {
  it("works end to end", async () => {
    const seeded = seedDefaults(sandbox);
    const role = sandbox.iam.createRole({
      account: "222222222222",
      roleName: "bedrock",
      trustPolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: seeded.userArn },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "sts:ExternalId": "abc123" } },
          },
        ],
      },
      inlinePolicies: {
        p: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "bedrock:*", Resource: "*" }] },
      },
    });
    const sts = new STSClient({ region: "us-east-1", endpoint: sandbox.url, credentials: seeded });
    const id = await sts.send(new GetCallerIdentityCommand({}));
    expect(id.Arn).toBe(seeded.userArn);
    await expect(
      sts.send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "x1" })),
    ).rejects.toThrow("not authorized");
    const assumed = await sts.send(
      new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "x1", ExternalId: "abc123" }),
    );
    const c = assumed.Credentials!;
    const credentials = {
      accessKeyId: c.AccessKeyId!,
      secretAccessKey: c.SecretAccessKey!,
      sessionToken: c.SessionToken!,
    };
    for (const extra of [{}, { requestHandler: new NodeHttpHandler() }]) {
      const bedrock = new BedrockRuntimeClient({
        region: "us-east-1",
        endpoint: sandbox.url,
        credentials,
        ...extra,
      });
      const modelId = "us.anthropic.claude-sonnet-4-20250514-v1:0";
      const messages = [{ role: "user" as const, content: [{ text: "hello there" }] }];
      const out = await bedrock.send(new ConverseCommand({ modelId, messages }));
      expect(out.output?.message?.content?.[0]?.text).toBe("You said: hello there");
      const stream = await bedrock.send(new ConverseStreamCommand({ modelId, messages }));
      const events = [];
      for await (const e of stream.stream!) events.push(Object.keys(e)[0]);
      expect(events.at(-1)).toBe("metadata");
      const body = JSON.stringify({
        anthropic_version: "bedrock-2023-05-31",
        max_tokens: 100,
        messages: [{ role: "user", content: "hi" }],
      });
      const inv = await bedrock.send(new InvokeModelCommand({ modelId, body }));
      expect(JSON.parse(inv.body.transformToString()).content[0].text).toBe("You said: hi");
      const s2 = await bedrock.send(new InvokeModelWithResponseStreamCommand({ modelId, body }));
      let n = 0;
      for await (const e of s2.body!) if (e.chunk) n++;
      expect(n).toBeGreaterThan(5);
    }
    console.log(
      JSON.stringify(
        sandbox.calls().map(({ headers, ...r }) => r),
        null,
        0,
      ).slice(0, 3000),
    );
  });
});
