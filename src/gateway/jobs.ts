/** Asynchronous jobs belong to the client that started them (T44): what it sends and gets is held to its own. */
import {
  asyncInvokeBody,
  asyncInvokeModel,
  ownJob,
  ownJobs,
  unknownInvocation,
  type JobOwner,
} from "../bedrock/async-invoke.ts";
import { ownOutput } from "../core/async-output.ts";
import type { ModelName } from "../core/model.ts";
import { aliasNamed } from "../directory/model-names.ts";
import { jsonOfPart, type Whole } from "../protocols/translation.ts";
import type { Authorized, Received } from "./stages.ts";
import { modelOf } from "./target.ts";

/** The most that AWS takes. Without `maxResults`, fewer pages are left with nothing of the caller's. */
const LARGEST_PAGE = "maxResults=1000";

/** The model that StartAsyncInvoke names in its body, by an alias or by its own name. */
export function startedModel(received: Received): ModelName {
  const named = asyncInvokeModel(received.body);
  return modelOf(aliasNamed(named, received)?.id ?? named, received.delegation);
}

export function startBody(authorized: Authorized): Buffer {
  return asyncInvokeBody(authorized.body, ownerOf(authorized), startedModel(authorized).modelId);
}

/** `query` in SigV4's canonical order. */
export function jobsQuery(query: string): string {
  if (/(?:^|&)maxResults=/.test(query)) return query;
  return [...query.split("&").filter((part) => part !== ""), LARGEST_PAGE].toSorted().join("&");
}

/** What becomes of Bedrock's answer about jobs; null for other operations, whose answers are relayed unchanged. */
export function aboutJobs(authorized: Authorized): Whole | null {
  switch (authorized.target.operation) {
    case "GetAsyncInvoke":
      return {
        kind: "whole",
        render: ([part]) => JSON.stringify(ownJob(jsonOfPart(part), ownerOf(authorized))),
        // Nothing else of the request can be invalid: its ARN is checked, and is all that it has.
        refused: ({ status, message }) =>
          status === 400 || status === 404 ? unknownInvocation(new Error(message)) : undefined,
      };
    case "ListAsyncInvokes":
      return {
        kind: "whole",
        render: ([part]) => JSON.stringify(ownJobs(jsonOfPart(part), ownerOf(authorized))),
      };
    default:
      return null;
  }
}

function ownerOf({ client, delegation }: Received): JobOwner {
  const { account, partition, role } = delegation;
  return { client: client.name, account, partition, output: ownOutput(role, client).asyncOutput };
}
