/** `signet demo`: Signet's main job from end to end on the sandbox, within a minute and without an AWS account. */
import { Command } from "commander";
import type { CliContext } from "./context.ts";
import { jsonShow, terminalShow } from "./demo/show.ts";
import type { Stage } from "./demo/stage.ts";
import { example } from "./output.ts";
import { portNumber } from "./sandbox.ts";
import { stopSignal } from "../server/signals.ts";
import { VERSION } from "../core/version.ts";

const DEFAULT_PORT = 8787;
const DEFAULT_ADMIN_PORT = 8789;

interface DemoOptions {
  exit?: true;
  json?: true;
  port: number;
  adminPort: number;
}

export function demoCommand(context: CliContext): Command {
  return new Command("demo")
    .description("take a tour on an embedded sandbox: needs no AWS account, keeps nothing")
    .option("--exit", "exit after the tour: status 0 if every step passed, 1 otherwise")
    .option("--port <port>", "port of the gateway; 0 picks a free one", portNumber, DEFAULT_PORT)
    .option("--admin-port <port>", "port of the console; 0 picks a free one", portNumber, DEFAULT_ADMIN_PORT)
    .option("--json", "print one JSON object per line")
    .addHelpText("after", example("signet demo", "signet demo --exit --json"))
    .action((options: DemoOptions) => demo(context, options));
}

async function demo(context: CliContext, options: DemoOptions): Promise<void> {
  const show = options.json ? jsonShow(writeOut) : terminalShow(writeOut, context.isTerminal);
  const { clock } = context;
  const startedAt = clock.monotonic();
  const [{ setStage }, { runTour }] = await Promise.all([
    import("./demo/stage.ts"),
    import("./demo/tour.ts"),
  ]);
  const ports = options.exit ? { gateway: 0, admin: 0 } : { gateway: options.port, admin: options.adminPort };
  const stage = await setStage(ports, { clock, version: VERSION });
  try {
    const failed = await runTour(stage, show);
    if (failed !== undefined) {
      context.fail();
      return;
    }
    show.done(clock.monotonic() - startedAt);
    if (options.exit) return;
    await stayUp(stage, context, options.json === true);
  } finally {
    await stage.close();
  }
}

function writeOut(text: string): void {
  process.stdout.write(text);
}

/** Keeps the gateway running with a new delegation and key, and says how to try it. */
async function stayUp(stage: Stage, context: CliContext, json: boolean): Promise<void> {
  const [{ addDelegation }, { MODEL }] = await Promise.all([
    import("./demo/tour.ts"),
    import("./demo/calls.ts"),
  ]);
  const secret = await addDelegation(stage);
  const { gateway, sandbox } = stage;
  const { url } = gateway;
  if (json)
    context.out(
      JSON.stringify({ url, secret, model: MODEL, console: stage.console.link, sandbox: sandbox.url }),
    );
  else {
    for (const line of howToTry(url, secret, MODEL)) context.out(line);
    for (const line of howToOperate(stage.console.link, sandbox.url)) context.out(line);
  }
  await stopSignal();
}

function howToOperate(link: string, sandbox: string): string[] {
  return `
Operate it in the console. This link signs you in once, within ten minutes:

  ${link}

Set up a delegation there with the wizard. To play the account owner, save its JSON template and run:

  npm run -s signet -- sandbox make-role FILE.json --account 111122223333 --url ${sandbox}
`.split("\n");
}

function howToTry(url: string, secret: string, model: string): string[] {
  return `
The gateway runs until you press Ctrl-C. Try it:

  curl ${url}/model/${encodeURIComponent(model)}/converse \\
    -H 'authorization: Bearer ${secret}' -H 'content-type: application/json' \\
    -d '{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}'

With an AWS SDK, only its environment changes:

  export AWS_REGION=us-east-1
  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${url}
  export AWS_BEARER_TOKEN_BEDROCK=${secret}

  import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
  const answer = await new BedrockRuntimeClient().send(new ConverseCommand({
    modelId: "${model}",
    messages: [{ role: "user", content: [{ text: "Hello" }] }],
  }));
`.split("\n");
}
