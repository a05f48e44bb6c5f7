/** The names that callers may use for a delegation's models. */
import { removeAlias, setAlias } from "../../registry/aliases.ts";
import { aliasForm } from "../../registry/input.ts";
import { operation } from "../operation.ts";
import { delegationView } from "../views/delegations.ts";
import { named as current } from "./delegations.ts";

export const set = operation(
  {
    id: "aliases.set",
    method: "PUT",
    path: "/delegations/{name}/aliases/{alias}",
    role: "operator",
    summary:
      "Set an alias: a name that callers may use for a model. Grants still decide whether they may call it.",
    body: aliasForm.omit({ name: true }),
    result: delegationView,
    current,
  },
  ({ store, operator }, asked) =>
    setAlias(store, asked.params.name, { ...asked.body, name: asked.params.alias }, operator),
);

export const remove = operation(
  {
    id: "aliases.remove",
    method: "DELETE",
    path: "/delegations/{name}/aliases/{alias}",
    role: "operator",
    summary: "Remove an alias.",
    result: delegationView,
    current,
  },
  ({ store, operator }, asked) => removeAlias(store, asked.params.name, asked.params.alias, operator),
);
