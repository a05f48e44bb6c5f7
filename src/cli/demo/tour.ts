/**
 * The tour: a delegation's whole life, step by step, with real calls of the real AWS SDK. Each step shows what it saw,
 * and throws if it isn't what it must be.
 */
import type { Delegation } from "../../core/delegation.ts";
import type { Verification } from "../../core/verification.ts";
import { setAlias } from "../../registry/aliases.ts";
import { addClient } from "../../registry/clients.ts";
import { createDelegation } from "../../registry/delegations.ts";
import { createKey } from "../../registry/keys.ts";
import { revokeDelegation } from "../../registry/lifecycle.ts";
import type { Operator } from "../../registry/operator.ts";
import { recordVerification } from "../../registry/verified.ts";
import { REVOCATION_POLICY_NAME, revocationPolicy } from "../../iam/revocation-policy.ts";
import { delegationTemplate } from "../../iam/template.ts";
import { checkRevoked, holdSession } from "../../probes/revoked.ts";
import { probeParts } from "../../probes/parts.ts";
import { verifyDelegation, type ProbeParts } from "../../probes/verify.ts";
import {
  AWS_SDK_CALLS,
  askForMore,
  becomesKnown,
  makeCalls,
  MODEL,
  REGION,
  untilRefused,
  withClient,
} from "./calls.ts";
import { must } from "./must.ts";
import { makeRole, withoutConditions } from "./owner.ts";
import { showAudit } from "./records.ts";
import { ALIAS, callBySdks } from "./sdks.ts";
import type { Show } from "./show.ts";
import type { Stage } from "./stage.ts";

/** The account whose Bedrock is used. */
const ACCOUNT = "111122223333";
const MODELS = ["us.anthropic.claude-haiku-4-5-*"];

interface Step {
  title: string;
  why: string;
  run(): Promise<void>;
}

/** Runs every step. Resolves to undefined, or to the title of the step that failed, after showing why. */
export async function runTour(stage: Stage, show: Show): Promise<string | undefined> {
  for (const step of [...setUp(stage, show), ...inUse(stage, show)]) {
    const { title, why } = step;
    show.step(title, why);
    try {
      await step.run();
    } catch (thrown) {
      show.failed(title, thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : "unknown failure");
      return title;
    }
  }
  return undefined;
}

function operatorOf({ clock }: Stage): Operator {
  return { actor: "demo", clock };
}

function partsOf({ source, clock, settings }: Stage): ProbeParts {
  return probeParts({ source, clock, aws: settings.aws });
}

async function create(stage: Stage, name: string): Promise<Delegation> {
  const form = {
    name,
    account: ACCOUNT,
    roleName: `signet-${name}`,
    region: REGION,
    grants: [{ models: MODELS }],
    trust: { principal: stage.base.userArn },
  };
  return createDelegation(stage.store, form, operatorOf(stage));
}

async function verify(
  stage: Stage,
  name: string,
): Promise<{ verification: Verification; after: Delegation }> {
  const verified = await delegationNamed(stage, name);
  const verification = await verifyDelegation(partsOf(stage), verified, { scope: "full", deep: false });
  const after = await recordVerification(
    stage.store,
    { verified, verification, activate: true },
    operatorOf(stage),
  );
  return { verification, after };
}

async function delegationNamed({ store }: Stage, name: string): Promise<Delegation> {
  const found = await store.delegations.get(name);
  must(found !== undefined, `the delegation ${name} must exist`);
  return found;
}

/** A second, active delegation to try the gateway with after the tour; resolves to a key's secret. */
export async function addDelegation(stage: Stage): Promise<string> {
  makeRole(stage, delegationTemplate(await create(stage, "team-b")));
  const { after } = await verify(stage, "team-b");
  must(after.state === "active", "a role created from the template must pass verification");
  await addClient(stage.store, { name: "you", delegations: [{ delegation: "team-b" }] }, operatorOf(stage));
  const { secret } = await createKey(stage.store, { client: "you" }, operatorOf(stage));
  await becomesKnown(stage.gateway.url, secret.reveal(), stage.clock);
  return secret.reveal();
}

function setUp(stage: Stage, show: Show): Step[] {
  return [
    {
      title: "A delegation is created",
      why: "Choices become one least-privilege role. Signet generates the External ID; nobody chooses it.",
      async run() {
        const delegation = await create(stage, "team-a");
        show.seen("delegation team-a", delegation.state);
        const template = delegationTemplate(delegation);
        show.seen("template of the role", "as CloudFormation, Terraform or AWS CLI; its trust policy:");
        show.block(JSON.stringify(template.trustPolicy.Statement[0], null, 2).split("\n"));
      },
    },
    {
      title: "The account owner creates the role, with a mistake",
      why: "The condition is missing: anyone who may use Signet could get access to this role.",
      async run() {
        const template = delegationTemplate(await delegationNamed(stage, "team-a"));
        makeRole(stage, template, withoutConditions(template.trustPolicy));
        show.seen(`role ${template.roleName} in account ${ACCOUNT}`);
      },
    },
    {
      title: "Verification finds the mistake and suggests a fix",
      why: "A denial alone proves nothing, so the right External ID is tried first, then none, then a wrong one.",
      run: () => findTheMistake(stage, show),
    },
    {
      title: "The owner applies the fix, and the delegation is active",
      why: "Only a passed verification activates it; `signet serve` repeats it on a schedule.",
      async run() {
        const { trustPolicy, roleName } = delegationTemplate(await delegationNamed(stage, "team-a"));
        stage.sandbox.iam.updateTrust({
          roleArn: `arn:aws:iam::${ACCOUNT}:role/${roleName}`,
          trustPolicy,
        });
        const { verification, after } = await verify(stage, "team-a");
        for (const { status, title, answer } of verification.probes)
          if (status === "pass") show.seen(title, answer);
          else show.wrong(title, answer);
        must(after.state === "active", "every required probe must pass");
        show.seen("delegation team-a", after.state);
      },
    },
  ];
}

async function findTheMistake(stage: Stage, show: Show): Promise<void> {
  const { verification, after } = await verify(stage, "team-a");
  const failing = verification.probes.filter(({ status }) => status === "fail");
  must(failing.length > 0 && verification.unenforced, "the mistake must be found");
  for (const { title, answer } of failing) show.wrong(title, answer);
  const fix = failing.find(({ probe }) => probe === "assume_without_external_id")?.fix;
  must(fix !== undefined, "a failed probe must suggest a fix");
  show.seen("fix", fix.advice);
  show.block(fix.commands.map((command) => `${command.slice(0, 100)}…`));
  must(after.state === "pending", "a role that doesn't require the External ID must not be used");
  show.seen("delegation team-a", `${after.state}: not used`);
}

function inUse(stage: Stage, show: Show): Step[] {
  const { gateway, store, clock } = stage;
  const operator = operatorOf(stage);
  let secret = "";
  let made = AWS_SDK_CALLS;
  return [
    {
      title: "A client gets a key",
      why: "An endpoint and a secret are all that a caller ever holds. Only the secret's digest is stored.",
      async run() {
        await setAlias(store, "team-a", { name: ALIAS, model: MODEL }, operator);
        await addClient(store, { name: "app", delegations: [{ delegation: "team-a" }] }, operator);
        secret = (await createKey(store, { client: "app" }, operator)).secret.reveal();
        show.seen("endpoint", gateway.url);
        show.seen("secret", `${secret.slice(0, 17)}… (shown in full only once)`);
        await becomesKnown(gateway.url, secret, clock);
      },
    },
    {
      title: "The AWS SDK makes real calls",
      why: "@aws-sdk/client-bedrock-runtime with its defaults, over HTTP/2; Signet signs each call with SigV4.",
      run: () => withClient(gateway.url, secret, (client) => makeCalls(client, show)),
    },
    {
      title: "The same key in OpenAI's, Anthropic's and Gemini's protocol",
      why: "A base URL and a key are all that changes in an application; a team can choose its own name for a model.",
      async run() {
        show.seen("alias", `${ALIAS} → ${MODEL}`);
        made += await callBySdks({ url: gateway.url, secret }, show);
      },
    },
    {
      title: "What is not granted is refused",
      why: "It is refused before anything is sent to AWS, and the error names the model.",
      run: () => withClient(gateway.url, secret, (client) => askForMore(client, show)),
    },
    {
      title: "Every call is recorded",
      why: "The intent is on disk before the first byte of the answer; the outcome links the call to CloudTrail.",
      run: () => showAudit(stage, show, made),
    },
    {
      title: "The delegation is revoked, and revocation in AWS is verified",
      why: "Signet refuses calls within a second and drops its sessions; the owner's policy ends those that AWS still accepts.",
      run: () => revoke(stage, secret, show),
    },
  ];
}

async function revoke(stage: Stage, secret: string, show: Show): Promise<void> {
  const { gateway, store, sandbox, clock } = stage;
  const delegation = await delegationNamed(stage, "team-a");
  const held = await holdSession(partsOf(stage), delegation);
  must(held !== undefined, "there must be a session before the role is revoked");
  await revokeDelegation(store, "team-a", operatorOf(stage), "end of the demo");
  const revokedAt = clock.monotonic();
  await withClient(gateway.url, secret, (client) => untilRefused(client, clock));
  show.seen("refused", `403 ${Math.round(clock.monotonic() - revokedAt)} ms after the revocation`);
  const calls = sandbox.calls().length;
  await withClient(gateway.url, secret, (client) => untilRefused(client, clock));
  must(sandbox.calls().length === calls, "a revoked delegation must not reach AWS");
  show.seen("nothing reaches AWS", `${stage.base.userArn} made no further call`);

  const before = await checkRevoked(partsOf(stage), delegation, held);
  must(before.status === "fail", "until the owner acts, AWS still accepts the role");
  for (const { title, answer } of before.probes) show.wrong(title, answer);
  const arn = `arn:aws:iam::${ACCOUNT}:role/signet-team-a`;
  const policy = revocationPolicy(new Date(clock.now() + 1000));
  sandbox.iam.putPolicy({ arn, policyName: REVOCATION_POLICY_NAME, policy });
  sandbox.iam.updateTrust({ roleArn: arn, trustPolicy: { Version: "2012-10-17", Statement: [NOBODY] } });
  show.seen("the owner attaches the revocation policy to the role and closes its trust policy");
  const after = await checkRevoked(partsOf(stage), delegation, held);
  for (const { title, answer } of after.probes) show.seen(title, answer);
  must(after.status === "pass", "the role and its old session must be denied");
}

const NOBODY = { Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
