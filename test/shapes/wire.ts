/** Requests as AWS's protocols write them, from an input as JSON has it; no SDK corrects them on the way. */
import { inputShape } from "../../sandbox/shapes/model.ts";
import type { Member, ServiceModel } from "../../sandbox/shapes/model.ts";

export interface Wire {
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  body: string;
}

export function restRequest(model: ServiceModel, operation: string, input: Record<string, unknown>): Wire {
  const { method = "POST", uri = "" } = model.operations[operation] ?? {};
  const { shape } = inputShape(model, operation);
  const at = (place: Member["location"]): [name: string, text: string][] =>
    Object.entries(input).flatMap(([name, value]) => {
      const { location, locationName = name } = shape.members?.[name] ?? {};
      return location === place ? [[locationName, String(value)] as const] : [];
    }) as [string, string][];
  const labels = Object.fromEntries(at("uri"));
  const query = new URLSearchParams(at("querystring")).toString().replaceAll("+", "%20");
  const inBody = Object.entries(input).filter(([name]) => shape.members?.[name]?.location === undefined);
  const body = shape.payload === undefined ? JSON.stringify(Object.fromEntries(inBody)) : "{}";
  return {
    method,
    path:
      uri.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => encodeURIComponent(labels[name] ?? "")) +
      (query && `?${query}`),
    headers: {
      "content-type": "application/json",
      ...Object.fromEntries(at("header").map(([name, text]) => [name.toLowerCase(), text])),
    },
    body: method === "GET" ? "" : body,
  };
}

export function queryRequest(operation: string, input: Record<string, unknown>): Wire {
  const form = new URLSearchParams({ Action: operation, Version: "2011-06-15" });
  write(form, "", input);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", path: "/", headers, body: form.toString() };
}

function write(form: URLSearchParams, name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) return form.set(name, String(value));
  const prefix = name === "" ? "" : `${name}.`;
  if (Array.isArray(value))
    for (const [i, item] of value.entries()) write(form, `${prefix}member.${i + 1}`, item);
  else for (const [member, each] of Object.entries(value)) write(form, prefix + member, each);
}
