/**
 * Asynchronous invocations: accepted, kept in memory, and completed immediately; nothing is written to S3. What AWS says of
 * an unknown one is known by its kind only: GetAsyncInvoke has no ResourceNotFoundException. AWS's own examples read the
 * results below the `s3Uri` that GetAsyncInvoke answers, which ends in the invocation's id.
 */
import { z } from "zod";
import { validationError } from "../errors.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import { newResourceId } from "./resources.ts";
import { parseShape } from "./shape.ts";
import { foundationModelArn } from "./target.ts";
import type { Caller } from "./call-target.ts";

interface Invocation {
  invocationArn: string;
  modelArn: string;
  clientRequestToken?: string | undefined;
  status: "Completed";
  submitTime: string;
  lastModifiedTime: string;
  endTime: string;
  outputDataConfig: z.output<typeof startSchema>["outputDataConfig"];
}

export const startSchema = z.strictObject({
  modelId: z.string().min(1),
  modelInput: z.looseObject({}),
  outputDataConfig: z.strictObject({
    s3OutputDataConfig: z.strictObject({
      s3Uri: z.string().regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/),
      kmsKeyId: z.string().optional(),
      bucketOwner: z.string().optional(),
    }),
  }),
  clientRequestToken: z.string().min(1).max(256).optional(),
  tags: z
    .array(z.strictObject({ key: z.string(), value: z.string() }))
    .max(200)
    .optional(),
});

export class AsyncInvocations {
  readonly #all: { owner: string; invocation: Invocation }[] = [];

  start(caller: Caller, body: unknown, facts: { modelId: string; now: number }): Answer {
    const { outputDataConfig, clientRequestToken } = parseShape(startSchema, body);
    const { s3OutputDataConfig } = outputDataConfig;
    const earlier = this.#of(caller).find(
      (each) => clientRequestToken !== undefined && each.clientRequestToken === clientRequestToken,
    );
    if (earlier !== undefined) return jsonAnswer(200, { invocationArn: earlier.invocationArn });
    const time = new Date(facts.now).toISOString();
    const { partition, region, account } = caller;
    const id = newResourceId();
    const invocationArn = `arn:${partition}:bedrock:${region}:${account}:async-invoke/${id}`;
    const s3Uri = `${s3OutputDataConfig.s3Uri.replace(/\/$/, "")}/${id}`;
    const invocation: Invocation = {
      invocationArn,
      modelArn: foundationModelArn(partition, region, facts.modelId),
      clientRequestToken,
      status: "Completed",
      submitTime: time,
      lastModifiedTime: time,
      endTime: time,
      outputDataConfig: { s3OutputDataConfig: { ...s3OutputDataConfig, s3Uri } },
    };
    this.#all.push({ owner: ownerOf(caller), invocation });
    return jsonAnswer(200, { invocationArn });
  }

  get(caller: Caller, invocationArn: string): Answer {
    const found = this.#of(caller).find((each) => each.invocationArn === invocationArn);
    if (found === undefined) throw validationError("The invocation was not found.");
    return jsonAnswer(200, found);
  }

  /** Pages by position: `nextToken` is the index of the next page's first summary. */
  list(caller: Caller, query: URLSearchParams): Answer {
    const size = Number(query.get("maxResults") ?? 100);
    const start = Number(query.get("nextToken") ?? 0);
    if (!Number.isInteger(size) || size < 1 || size > 1000 || !Number.isInteger(start)) {
      throw validationError("maxResults must be from 1 to 1000.");
    }
    const status = query.get("statusEquals");
    const matching = this.#of(caller).filter((each) => status === null || each.status === status);
    const next = start + size < matching.length ? { nextToken: String(start + size) } : {};
    return jsonAnswer(200, { asyncInvokeSummaries: matching.slice(start, start + size), ...next });
  }

  #of(caller: Caller): Invocation[] {
    const owner = ownerOf(caller);
    return this.#all.filter((each) => each.owner === owner).map(({ invocation }) => invocation);
  }
}

function ownerOf({ account, region }: Caller): string {
  return `${account} ${region}`;
}
