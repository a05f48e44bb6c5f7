/** Delegates a role in the sandbox to a checkout and issues a key for callers, with the checkout's own commands. */
import path from "node:path";
import { seedDefaults, startSandbox } from "../../sandbox/index.ts";
import { MODEL } from "../sides.ts";
import { signet, type Checkout, type Env } from "./checkout.ts";

const ACCOUNT = "111122223333";
const OPERATIONS = ["InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"];

export interface Aws {
  userArn: string;
  /** The environment with which a checkout uses it. */
  env: Env;
  makeRole(roleName: string, externalId: string): void;
  close(): Promise<void>;
}

/** STS and IAM for both sides. `home`: an empty home folder for them. */
export async function startAws(home: string): Promise<Aws> {
  const sandbox = await startSandbox();
  const { userArn, accessKeyId, secretAccessKey } = seedDefaults(sandbox);
  return {
    userArn,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      SIGNET_LISTEN_PORT: "0",
      SIGNET_ADMIN_PORT: "0",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINT_URL: sandbox.url,
    },
    makeRole(roleName, externalId) {
      const trusted = {
        Effect: "Allow",
        Principal: { AWS: userArn },
        Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        Condition: { StringEquals: { "sts:ExternalId": externalId } },
      };
      // Templates and sessions of older checkouts name no project.
      sandbox.iam.spareProjects({ account: ACCOUNT });
      const invoke = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
      const model = MODEL.slice(MODEL.indexOf(".") + 1);
      sandbox.iam.createRole({
        account: ACCOUNT,
        roleName,
        trustPolicy: policy(trusted),
        inlinePolicies: {
          bedrock: policy({ Effect: "Allow", Action: invoke, Resource: `arn:aws:bedrock:*:*:*/*${model}` }),
        },
      });
    },
    close: () => sandbox.close(),
  };
}

function policy(...Statement: object[]): object {
  return { Version: "2012-10-17", Statement };
}

export interface Installation {
  /** The folder of its store. */
  data: string;
  /** The secret for callers. */
  token: string;
}

/** `side`: names the checkout's folder and role. */
export async function prepare(
  checkout: Checkout,
  { aws, side }: { aws: Aws; side: string },
): Promise<Installation> {
  const data = path.join(aws.env["HOME"] ?? "", side);
  const run = (...args: string[]) => signet(checkout, ["--data", data, ...args], aws.env);
  const roleName = `bench-${side}`;
  const role = ["--account", ACCOUNT, "--role-name", roleName, "--principal", aws.userArn];
  const grants = [
    "--region",
    "us-east-1",
    "--model",
    MODEL,
    ...OPERATIONS.flatMap((name) => ["--operation", name]),
  ];
  const made = await run("delegation", "create", "bench", ...role, ...grants, "--json");
  aws.makeRole(roleName, found(made, /sgx-[\w-]+/));
  await run("delegation", "verify", "bench", "--json");
  await run("client", "add", "bench", "--delegation", "bench");
  return { data, token: found(await run("key", "create", "bench"), /sgk_\w+/) };
}

/** The form of these texts is more stable than the output around them. */
function found(text: string, pattern: RegExp): string {
  const [match] = pattern.exec(text) ?? [];
  if (match === undefined) throw new Error(`nothing like ${String(pattern)} in: ${text}`);
  return match;
}
