/** The names that callers may use for a delegation's models. */
import { removeAlias, setAlias } from "../../registry/aliases.ts";
import { aliasForm } from "../../registry/input.ts";
import { operation, param, type AdminParts, type Asked } from "../operation.ts";
import { delegationView } from "../views/delegations.ts";
import { delegationNamed } from "./delegations.ts";

const current = ({ store }: AdminParts, asked: Asked<unknown, unknown>) =>
  delegationNamed(store, param(asked, "name"));

export const setAliasOperation = operation({
  id: "aliases.set",
  method: "PUT",
  path: "/delegations/{name}/aliases/{alias}",
  role: "operator",
  summary: "Let callers use a name for a model. That they may call it is still a matter of grants.",
  body: aliasForm.omit({ name: true }),
  result: delegationView,
  current,
  run: ({ store, operator }, asked) =>
    setAlias(store, param(asked, "name"), { ...asked.body, name: param(asked, "alias") }, operator),
});

export const removeAliasOperation = operation({
  id: "aliases.remove",
  method: "DELETE",
  path: "/delegations/{name}/aliases/{alias}",
  role: "operator",
  summary: "Take an alias away.",
  result: delegationView,
  current,
  run: ({ store, operator }, asked) =>
    removeAlias(store, param(asked, "name"), param(asked, "alias"), operator),
});
