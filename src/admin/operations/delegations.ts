/** Delegations: creating, reading and editing them, and their states. */
import { z } from "zod";
import type { Delegation } from "../../core/delegation.ts";
import { partitionOf } from "../../core/regions.ts";
import { createDelegation, editDelegation } from "../../registry/delegations.ts";
import { notFound, wrongState } from "../../registry/errors.ts";
import { delegationForm, editForm, type DelegationInput } from "../../registry/input.ts";
import * as lifecycle from "../../registry/lifecycle.ts";
import { compiled, renderFor, withPrincipal } from "../../registry/template.ts";
import { delegationTemplate } from "../../iam/template.ts";
import { afterRevocation } from "../../registry/key-holders.ts";
import { operation, type AdminParts, type About } from "../operation.ts";
import { page, pageQuery } from "../page.ts";
import { pageOf } from "../views/common.ts";
import {
  delegationRow,
  delegationState,
  delegationView,
  templateView,
  type DelegationRowView,
} from "../views/delegations.ts";
import { withHolders } from "../views/keys.ts";
import { verificationView } from "../views/verifications.ts";

/** The delegation that a path names. Throws OperatorError `not_found`. */
export async function named({ store }: AdminParts, { params: { name } }: About<"name">): Promise<Delegation> {
  const found = await store.delegations.get(name);
  if (!found) throw notFound("delegation", name);
  return found;
}

export const list = operation(
  {
    id: "delegations.list",
    method: "GET",
    path: "/delegations",
    role: "viewer",
    summary: "List the delegations.",
    query: pageQuery.extend({ state: delegationState.exactOptional() }),
    result: pageOf(delegationRow),
  },
  async ({ store, clock }, { query }) => {
    const all = await store.delegations.list();
    const clients = (await store.clients.list()).filter(({ revokedAt }) => revokedAt === undefined);
    const now = clock.now();
    const working = (await store.keys.list()).filter(
      ({ revokedAt, expiresAt = Infinity }) => revokedAt === undefined && expiresAt > now,
    );
    const rows = all
      .filter(({ state }) => query.state === undefined || state === query.state)
      .map(async (delegation): Promise<DelegationRowView> => {
        const { name } = delegation;
        const latest = await store.verifications.get(name);
        return {
          ...delegation,
          verified: latest
            ? { verdict: latest.verdict, scope: latest.scope, finishedAt: latest.finishedAt }
            : null,
          clients: clients.filter(({ delegations }) => delegations.some((each) => each.delegation === name))
            .length,
          keys: working.filter((key) => key.delegation === name).length,
        };
      });
    return page(await Promise.all(rows), query, ({ name }) => name);
  },
);

export const get = operation(
  {
    id: "delegations.get",
    method: "GET",
    path: "/delegations/{name}",
    role: "viewer",
    summary: "Show a delegation, its External ID included.",
    result: delegationView,
  },
  named,
);

export const create = operation(
  {
    id: "delegations.create",
    method: "POST",
    path: "/delegations",
    role: "operator",
    summary: "Create a pending delegation. Signet generates its External ID.",
    body: delegationForm,
    result: delegationView,
    creates: true,
  },
  async (parts, { body }) => {
    return createDelegation(parts.store, await trusting(parts, body), parts.operator);
  },
);

/** The trust policy names Signet itself: its identity, if known, is stored with the delegation. */
async function trusting(parts: AdminParts, input: DelegationInput): Promise<DelegationInput> {
  const hasRole = input.roleArn !== undefined || input.roleName !== undefined;
  if (!hasRole || input.trust?.principal !== undefined || !partitionOf(input.region)) return input;
  const principal = await parts.principal(input.region);
  return principal === undefined ? input : { ...input, trust: { ...input.trust, principal } };
}

export const edit = operation(
  {
    id: "delegations.edit",
    method: "PATCH",
    path: "/delegations/{name}",
    role: "operator",
    summary: "Change a delegation. A different role has to be verified again.",
    body: editForm,
    result: delegationView,
    current: named,
  },
  ({ store, operator }, asked) => editDelegation(store, asked.params.name, asked.body, operator),
);

export const getTemplate = operation(
  {
    id: "delegations.template",
    method: "GET",
    path: "/delegations/{name}/template",
    role: "viewer",
    summary: "The template of the role that the account owner creates, in the formats of several tools.",
    query: z.strictObject({ principal: z.string().exactOptional() }),
    result: templateView,
  },
  async (parts, asked) => {
    const delegation = await named(parts, asked);
    if (delegation.state === "revoked") throw wrongState("delegation", `${delegation.name} is revoked`);
    const trusted = withPrincipal(delegation, asked.query.principal);
    const { trustPolicy, permissions, ...template } = compiled(() => delegationTemplate(trusted));
    return {
      delegation: delegation.name,
      account: template.account,
      roleName: template.roleName,
      policyName: template.policyName,
      maxSessionDuration: template.maxSessionDuration,
      trustPolicy,
      permissions,
      formats: {
        json: renderFor(trusted, "json"),
        cloudformation: renderFor(trusted, "cloudformation"),
        terraform: renderFor(trusted, "terraform"),
        cli: renderFor(trusted, "cli"),
      },
      quickCreateUrl: quickCreateUrl(delegation, parts.templateBaseUrl),
    };
  },
);

const CONSOLES: Record<string, string> = {
  aws: "console.aws.amazon.com",
  "aws-us-gov": "console.amazonaws-us-gov.com",
  "aws-eusc": "console.amazonaws-eusc.eu",
};

/**
 * CloudFormation takes templates for quick-create links only from S3: the operator puts the file there, as
 * `<delegation>.yaml`. Source: the CloudFormation user guide, "Quick-create links".
 */
function quickCreateUrl(delegation: Delegation, templateBaseUrl: string | undefined): string | null {
  const host = CONSOLES[delegation.partition];
  if (templateBaseUrl === undefined || host === undefined) return null;
  const { name, region } = delegation;
  const templateURL = `${templateBaseUrl}/${name}.yaml`;
  const query = new URLSearchParams({ templateURL, stackName: `signet-${name}` }).toString();
  return `https://${host}/cloudformation/home?region=${region}#/stacks/quickcreate?${query}`;
}

export const getVerification = operation(
  {
    id: "delegations.verification",
    method: "GET",
    path: "/delegations/{name}/verification",
    role: "viewer",
    summary: "Show the latest verification of a delegation.",
    query: z.strictObject({ scope: z.enum(["full", "enforcement"]).exactOptional() }),
    result: verificationView,
  },
  async (parts, asked) => {
    const { name } = await named(parts, asked);
    const latest = await parts.store.verifications.get(name, asked.query.scope);
    if (!latest) throw notFound("verification of", name);
    return latest;
  },
);

const because = z.strictObject({
  reason: z
    .string("must be a string")
    .min(1, "must not be empty")
    .max(500, "must have at most 500 characters")
    .exactOptional(),
});

export const suspend = operation(
  {
    id: "delegations.suspend",
    method: "POST",
    path: "/delegations/{name}/suspend",
    role: "operator",
    summary: "Suspend a delegation until it is resumed; running calls are cut off.",
    body: because,
    result: delegationView,
    current: named,
  },
  ({ store, operator }, asked) =>
    lifecycle.suspendDelegation(store, asked.params.name, operator, asked.body.reason),
);

export const revoke = operation(
  {
    id: "delegations.revoke",
    method: "POST",
    path: "/delegations/{name}/revoke",
    role: "operator",
    summary:
      "Revoke a delegation permanently: its keys are refused immediately and its running calls are cut off.",
    body: because,
    result: delegationView.extend(withHolders),
    current: named,
  },
  async (parts, asked) => {
    const { store, operator } = parts;
    const delegation = await lifecycle.revokeDelegation(
      store,
      asked.params.name,
      operator,
      asked.body.reason,
    );
    const keys = await store.keys.list({ delegation: delegation.name });
    return { ...delegation, holders: await afterRevocation(parts, keys) };
  },
);

export const rotateExternalId = operation(
  {
    id: "delegations.rotateExternalId",
    method: "POST",
    path: "/delegations/{name}/rotate-external-id",
    role: "operator",
    summary:
      "Start replacing the External ID: both are valid until a verification shows that the role accepts the new one.",
    body: z.strictObject({}),
    result: delegationView,
    current: named,
  },
  ({ store, operator }, asked) => lifecycle.rotateExternalId(store, asked.params.name, operator),
);
