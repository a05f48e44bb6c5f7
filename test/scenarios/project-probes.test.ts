/**
 * Projects as Bedrock may judge them: not at all yet, or on every call. Bedrock here is a server that answers in its
 * words, since which accounts it spares isn't known; STS and the role are the sandbox's.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_ROLE } from "../../src/core/delegation.ts";
import { probeParts } from "../../src/probes/parts.ts";
import { CLAUDE, delegateRole, named, OWNER, type DelegatedRole } from "../support/delegated-role.ts";

const DEFAULT_PROJECT = `arn:aws:bedrock:us-east-1:${OWNER}:project/default`;
const MODEL = "us.amazon.nova-micro-v1:0";

let delegated: DelegatedRole;
let bedrock: Server;
/** The project that each call named. */
let projects: (string | undefined)[];
/** Which project Bedrock denies a call that names this one; undefined allows it. */
let denied: (project: string | undefined) => string | undefined;

beforeEach(async () => {
  projects = [];
  denied = () => undefined;
  bedrock = createServer((request, response) => void answer(request, response));
  await once(bedrock.listen(0, "127.0.0.1"), "listening");
});
afterEach(async () => {
  bedrock.close();
  await delegated.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const project = await projectOf(request);
  const isList = request.method === "GET";
  if (!isList) projects.push(project);
  const resource = isList ? "*" : denied(project);
  const ofAws = { "x-amzn-requestid": "r", "content-type": "application/json" };
  if (resource === undefined && request.url?.includes(encodeURIComponent(MODEL))) {
    response.writeHead(200, ofAws).end("{}");
    return;
  }
  const message = `User: arn:aws:sts::${OWNER}:assumed-role/signet-acme/signet-probe is not authorized to perform: bedrock:InvokeModel on resource: ${resource ?? "arn:aws:bedrock:us-east-1::foundation-model/x"} because no identity-based policy allows the bedrock:InvokeModel action`;
  response
    .writeHead(403, { ...ofAws, "x-amzn-errortype": "AccessDeniedException" })
    .end(JSON.stringify({ message }));
}

async function projectOf(request: IncomingMessage): Promise<string | undefined> {
  const body = (await request.toArray()).join("");
  const inBody =
    body === "" ? undefined : (JSON.parse(body) as { projectIdentifier?: string }).projectIdentifier;
  return inBody ?? (request.headers["x-amzn-bedrock-projectidentifier"] as string | undefined);
}

async function delegate(project?: string): Promise<void> {
  delegated = await delegateRole({
    grants: [{ ...CLAUDE, operations: ["Converse", "InvokeModel"], models: [MODEL] }],
    role: { ...DEFAULT_ROLE, ...(project !== undefined && { project }) },
  });
  delegated.makeRole();
  const url = `http://127.0.0.1:${(bedrock.address() as AddressInfo).port}`;
  const { source, clock, aws } = delegated.parts;
  const endpoints = { ...aws.endpoints, bedrockRuntime: url, bedrock: url };
  delegated.parts = probeParts({ source, clock, aws: { ...aws, endpoints } });
}

const PROBE = "project:us-east-1";

describe("a role that may not use the account's default project", () => {
  it("is warned of, with the policy to attach, as long as Bedrock answers calls that name none", async () => {
    await delegate();
    denied = (project) => (project === "default" ? DEFAULT_PROJECT : undefined);
    const verification = await delegated.verify();
    expect(verification.verdict).toBe("pass");
    const found = named(verification, PROBE);
    expect(found).toMatchObject({ status: "fail", required: false, cause: "project" });
    expect(found?.fix?.where).toBe("role_policy");
    expect(JSON.stringify(found?.fix?.policy)).toContain(DEFAULT_PROJECT);
    expect(named(verification, `call:Converse:us-east-1:${MODEL}`)?.status).toBe("pass");
  });

  it("is never asked about, or suspended for that, on schedule", async () => {
    await delegate();
    denied = () => DEFAULT_PROJECT;
    const verification = await delegated.verify({ scope: "enforcement" });
    expect(verification).toMatchObject({ verdict: "pass", unenforced: false });
    expect(projects).toEqual([]);
  });

  it("doesn't pass once Bedrock denies its calls, and the fix is the same", async () => {
    await delegate();
    denied = () => DEFAULT_PROJECT;
    const verification = await delegated.verify();
    expect(verification).toMatchObject({ verdict: "fail", unenforced: false });
    const found = named(verification, `call:Converse:us-east-1:${MODEL}`);
    expect(found).toMatchObject({ status: "fail", required: true, cause: "project" });
    expect(JSON.stringify(found?.fix?.policy)).toContain(DEFAULT_PROJECT);
    // Denied for its project, a model that isn't granted hasn't been shown to be denied.
    expect(named(verification, "not_granted:Converse")?.status).toBe("unknown");
  });
});

describe("calls", () => {
  it("name no project unless the delegation picked one, apart from the probe of the default one", async () => {
    await delegate();
    const verification = await delegated.verify();
    expect(named(verification, PROBE)).toMatchObject({ status: "pass", required: false });
    expect(projects.filter((project) => project !== undefined)).toEqual(["default"]);
  });

  it("name the project that the delegation picked, in the body and in the header", async () => {
    await delegate("proj_team");
    const verification = await delegated.verify();
    expect(named(verification, PROBE)).toBeUndefined();
    expect(new Set(projects)).toEqual(new Set(["proj_team"]));
    denied = (project) => `arn:aws:bedrock:us-east-1:${OWNER}:project/${project}`;
    const found = named(await delegated.verify(), `call:InvokeModel:us-east-1:${MODEL}`);
    expect(found).toMatchObject({ status: "fail", required: true, cause: "project" });
    expect(JSON.stringify(found?.fix?.policy)).toContain(":project/proj_team");
  });
});
