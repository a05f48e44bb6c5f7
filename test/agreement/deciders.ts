/** Who decides about a call: Signet's gateway, a foreign IAM simulator, and the sandbox's IAM. */
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { decideByIdentity } from "../../sandbox/iam/evaluate.ts";
import { parsePolicy } from "../../sandbox/iam/policy.ts";
import { modelNeeds } from "../../sandbox/bedrock/authorize.ts";
import { Resources } from "../../sandbox/bedrock/resources.ts";
import { targetOf } from "../../sandbox/bedrock/target.ts";
import { SignetError } from "../../src/core/errors.ts";
import { geographyOf } from "../../src/core/model.ts";
import { SETTING_HEADERS } from "../../src/core/settings.ts";
import { acceptedCall, authenticatedCall, receivedCall } from "../../src/gateway/advance.ts";
import { authorize } from "../../src/gateway/authorize.ts";
import type { Exchange } from "../../src/http/exchange.ts";
import { ACCOUNT, SESSION, type Ask } from "../../src/iam/fixtures.ts";
import { partitionOf, type Call, type Pair } from "./calls.ts";

/** Whether the gateway authorizes the call, for a key that has what its client has. */
export function authorizes({ delegation, client }: Pair, call: Call): boolean {
  const { operation, subject } = call;
  const headers = new Map<string, string>();
  if (call.project !== undefined) headers.set(headerOf("projectIdentifier"), call.project);
  if (call.guardrail !== undefined) headers.set(headerOf("guardrailConfig"), call.guardrail);
  const params = subject === "" || operation === "StartAsyncInvoke" ? [] : [encodeURIComponent(subject)];
  const accepted = acceptedCall({
    exchange: { id: "a", request: { method: "POST" } } as Exchange,
    route: { kind: "native", operation, params: operation === "ApplyGuardrail" ? [...params, "2"] : params },
    query: "",
    headers,
  });
  const key = {
    id: "k",
    client: client.name,
    delegation: delegation.name,
    grants: null,
    digest: "",
    createdAt: 0,
  };
  const received = receivedCall(
    authenticatedCall(accepted, { key, client, delegation }),
    Buffer.from(JSON.stringify(operation === "StartAsyncInvoke" ? { modelId: subject } : {})),
  );
  try {
    authorize(received, [], 0);
    return true;
  } catch (error) {
    if (error instanceof SignetError && error.code.endsWith("_denied")) return false;
    throw error;
  }
}

function headerOf(setting: string): string {
  const found = [...SETTING_HEADERS].find(([, name]) => name === setting)?.[0];
  if (found === undefined) throw new Error(`no header says ${setting}`);
  return found;
}

type Parsed = ReturnType<typeof parsePolicy>;

/** The permissions of a session: its role's policy, and those that narrow it. */
export class Session {
  /** Decisions that both programs made, the same, by what was asked. */
  readonly #decided = new Map<string, boolean>();
  readonly #identity: Parsed[];
  readonly #layers: Parsed[];
  /** For the simulator: as they are, and with the two invoking actions swapped. */
  readonly #plain: Policies;
  readonly #swapped: Policies;

  constructor(role: object, narrowing: readonly string[]) {
    this.#identity = [parsePolicy(role, "identity")];
    this.#layers = narrowing.map((each) => parsePolicy(each, "session"));
    const [text, ...layers] = [JSON.stringify(role), ...narrowing].map(withRegions);
    const parsed = (texts: string[]) => texts.map((each) => JSON.parse(each) as object);
    this.#plain = { role: JSON.parse(text ?? "") as object, layers: parsed(layers) };
    this.#swapped = { role: JSON.parse(swapped(text ?? "")) as object, layers: parsed(layers.map(swapped)) };
  }

  /** Whether both programs allow all; at the first denial nothing more is asked. Throws if they disagree. */
  async allows(asks: readonly Ask[]): Promise<boolean> {
    for (const ask of asks) if (!(await this.#allowsOne(ask))) return false;
    return true;
  }

  async #allowsOne(ask: Ask): Promise<boolean> {
    const key = JSON.stringify(ask);
    const known = this.#decided.get(key);
    if (known !== undefined) return known;
    const [theirs, ours] = [await this.#simulated(ask), this.sandboxAllows([ask])];
    if (theirs !== ours) throw new Error(`the simulator says ${theirs}, the sandbox ${ours}: ${key}`);
    this.#decided.set(key, theirs);
    return theirs;
  }

  get decisions(): number {
    return this.#decided.size;
  }

  sandboxAllows(asks: readonly Ask[]): boolean {
    return asks.every(({ action, resource, context = {} }) => {
      const lower = Object.entries(context).map(([key, value]) => [key.toLowerCase(), [value]] as const);
      const asked = { action, resource, context: Object.fromEntries(lower) };
      return this.#layers.every(
        (layer) => decideByIdentity({ identity: this.#identity, session: [layer] }, asked).allowed,
      );
    });
  }

  /**
   * The simulator's data has no project for InvokeModelWithResponseStream, which botocore's model requires: for that, the
   * two invoking actions swap names everywhere.
   */
  async #simulated({ action, resource, context = {} }: Ask): Promise<boolean> {
    const isSwapped = action.endsWith("Stream") && resource.includes(":project/");
    const { role, layers } = isSwapped ? this.#swapped : this.#plain;
    for (const sessionPolicy of layers) {
      const result = await runSimulation(
        {
          request: {
            principal: SESSION,
            action: isSwapped ? "bedrock:InvokeModel" : action,
            resource: { resource: withRegions(resource), accountId: ACCOUNT },
            contextVariables: context,
          },
          identityPolicies: [{ name: "role", policy: role }],
          sessionPolicy,
          serviceControlPolicies: [],
          resourceControlPolicies: [],
        },
        {},
      );
      if (result.resultType === "error") throw new Error(JSON.stringify([result.errors, action, resource]));
      if (result.overallResult !== "Allowed") return false;
    }
    return true;
  }
}

interface Policies {
  role: object;
  layers: object[];
}

/** The simulator's data has no ARN without a region, which global profiles need: a name replaces it. */
function withRegions(text: string): string {
  return text.replaceAll("bedrock:::", "bedrock:regionless::");
}

function swapped(text: string): string {
  return text
    .replaceAll('"bedrock:InvokeModelWithResponseStream"', '"bedrock:#"')
    .replaceAll('"bedrock:InvokeModel"', '"bedrock:InvokeModelWithResponseStream"')
    .replaceAll('"bedrock:#"', '"bedrock:InvokeModel"');
}

const RESOURCES = new Resources("2026-01-01");

/** What the sandbox asks of IAM for an inference; undefined for models and profiles that it doesn't know there. */
export function sandboxNeeds({ operation, subject, region }: Call): Ask[] | undefined {
  const caller = { account: ACCOUNT, partition: partitionOf(region), region };
  const id = subject.slice(subject.lastIndexOf("/") + 1);
  const target = targetOf(id, caller, RESOURCES);
  if (target.model === undefined || (target.via === null) === (geographyOf(id) !== undefined))
    return undefined;
  const action = operation.endsWith("Stream")
    ? "bedrock:InvokeModelWithResponseStream"
    : "bedrock:InvokeModel";
  return modelNeeds(action, { target, caller, keys: { "aws:requestedregion": [region] } }).map((need) => ({
    action: need.action,
    resource: need.resource,
    context: Object.fromEntries(Object.entries(need.keys).map(([key, values]) => [key, values.join()])),
  }));
}
