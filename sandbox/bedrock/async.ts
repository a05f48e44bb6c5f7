/**
 * Asynchronous invocations: accepted, kept in memory, and completed immediately; nothing is written to S3. What AWS says of
 * an unknown one is known by its kind only: GetAsyncInvoke has no ResourceNotFoundException. AWS's own examples read the
 * results below the `s3Uri` that GetAsyncInvoke answers, which ends in the invocation's id.
 */
import { validationError } from "../errors.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import type { ListAsyncInvokesInput, StartAsyncInvokeInput } from "./inputs.ts";
import { pageOf } from "./page.ts";
import { newResourceId } from "./resources.ts";
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
  outputDataConfig: StartAsyncInvokeInput["outputDataConfig"];
}

export class AsyncInvocations {
  readonly #all: { owner: string; invocation: Invocation }[] = [];

  start(
    caller: Caller,
    { outputDataConfig: { s3OutputDataConfig }, clientRequestToken }: StartAsyncInvokeInput,
    facts: { modelId: string; now: number },
  ): Answer {
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

  list(caller: Caller, { statusEquals: status, ...paging }: ListAsyncInvokesInput): Answer {
    const matching = this.#of(caller).filter((each) => status === undefined || each.status === status);
    const { page, next } = pageOf(matching, paging, 100);
    return jsonAnswer(200, { asyncInvokeSummaries: page, ...next });
  }

  #of(caller: Caller): Invocation[] {
    const owner = ownerOf(caller);
    return this.#all.filter((each) => each.owner === owner).map(({ invocation }) => invocation);
  }
}

function ownerOf({ account, region }: Caller): string {
  return `${account} ${region}`;
}
