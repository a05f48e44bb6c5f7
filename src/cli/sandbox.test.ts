/** `signet sandbox`, in this process: what its options make of the sandbox. */
import { ConverseCommand, BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { expect, it } from "vitest";
import { commandContext } from "../../test/support/command.ts";
import { sandboxCommand } from "./sandbox.ts";

const MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

/** Runs the command, uses what it printed, and ends it as Ctrl-C does. */
async function withSandbox(options: string[], use: (printed: Printed) => Promise<void>): Promise<void> {
  const printed = Promise.withResolvers<Printed>();
  const context = commandContext({ out: (line) => printed.resolve(JSON.parse(line) as Printed) });
  const ended = sandboxCommand(context)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync(["--port", "0", "--json", ...options], { from: "user" });
  ended.catch(printed.reject);
  try {
    await use(await printed.promise);
  } finally {
    process.emit("SIGINT");
  }
  await ended;
}

interface Printed {
  url: string;
  account: string;
  env: Record<string, string>;
}

it("--today moves its models past their end of life, while signatures use real time", async () => {
  await withSandbox(["--today", "2027-04-08"], async ({ url, account, env }) => {
    const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
    const arn = `arn:aws:iam::${account}:user/signet`;
    const body = JSON.stringify({ arn, policyName: "all", policy });
    await fetch(`${url}/_sandbox/iam/putPolicy`, { method: "POST", body });
    const credentials = {
      accessKeyId: env["AWS_ACCESS_KEY_ID"]!,
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"]!,
    };
    const client = new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: url,
      credentials,
      maxAttempts: 1,
    });
    const call = client.send(new ConverseCommand({ modelId: MODEL, messages: [] }));
    await expect(call).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

it.each(["2027-02-30", "tomorrow", "2027-4-8"])("--today %s is wrong usage", async (today) => {
  await expect(withSandbox(["--today", today], async () => undefined)).rejects.toMatchObject({
    code: "commander.invalidArgument",
  });
});
