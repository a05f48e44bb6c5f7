/** Clients: the teams and applications that call. */
import { z } from "zod";
import type { Client } from "../../core/delegation.ts";
import { addClient, joinDelegation, revokeClient } from "../../registry/clients.ts";
import { notFound } from "../../registry/errors.ts";
import { clientForm, membershipForm } from "../../registry/input.ts";
import { afterRevocation } from "../../registry/key-holders.ts";
import { operation, type AdminParts, type About } from "../operation.ts";
import { page, pageQuery } from "../page.ts";
import { clientRow, clientView } from "../views/clients.ts";
import { pageOf } from "../views/common.ts";
import { withHolders } from "../views/keys.ts";
import { stateOf } from "./keys.ts";

async function named({ store }: AdminParts, { params: { name } }: About<"name">): Promise<Client> {
  const found = await store.clients.get(name);
  if (!found) throw notFound("client", name);
  return found;
}

export const list = operation(
  {
    id: "clients.list",
    method: "GET",
    path: "/clients",
    role: "viewer",
    summary: "List the clients and their delegations.",
    query: pageQuery,
    result: pageOf(clientRow),
  },
  async ({ store, clock }, { query }) => {
    const keys = (await store.keys.list()).filter((key) => stateOf(key, clock.now()) === "active");
    const rows = (await store.clients.list()).map((client) => ({
      ...client,
      keys: keys.filter((key) => key.client === client.name).length,
    }));
    return page(rows, query, ({ name }) => name);
  },
);

export const get = operation(
  {
    id: "clients.get",
    method: "GET",
    path: "/clients/{name}",
    role: "viewer",
    summary: "Show a client.",
    result: clientView,
  },
  named,
);

export const create = operation(
  {
    id: "clients.create",
    method: "POST",
    path: "/clients",
    role: "operator",
    summary: "Create a client of one or more delegations; the grants given here narrow each delegation's.",
    body: clientForm,
    result: clientView,
    creates: true,
  },
  ({ store, operator }, { body }) => addClient(store, body, operator),
);

export const join = operation(
  {
    id: "clients.join",
    method: "POST",
    path: "/clients/{name}/delegations",
    role: "operator",
    summary: "Add a delegation to a client.",
    body: membershipForm,
    result: clientView,
    current: named,
  },
  ({ store, operator }, asked) => joinDelegation(store, asked.params.name, asked.body, operator),
);

export const revoke = operation(
  {
    id: "clients.revoke",
    method: "POST",
    path: "/clients/{name}/revoke",
    role: "operator",
    summary:
      "Revoke a client permanently: all of its keys are refused immediately and its running calls are cut off.",
    body: z.strictObject({}),
    result: clientView.extend(withHolders),
    current: named,
  },
  async (parts, asked) => {
    const client = await revokeClient(parts.store, asked.params.name, parts.operator);
    const keys = await parts.store.keys.list({ client: client.name });
    return { ...client, holders: await afterRevocation(parts, keys) };
  },
);
