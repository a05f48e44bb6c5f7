/** T13, with T3, T4 and T14: requests that can be read in two ways, raw and behind common proxies. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathOf } from "../support/caller.ts";
import { converse, type Conversation } from "../support/conversation.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { installed, reportAbsent } from "../support/programs.ts";
import { PROXIES, startProxy } from "../support/proxies.ts";
import { startServed, type Served } from "../support/served.ts";
import { figure, tries } from "./figure.ts";
import { smugglingCorpus, type Case } from "./smuggling-corpus.ts";

/** What a hidden request asks for. */
const HIDDEN_MODEL = "us.amazon.nova-micro-v1:0";
const HIDDEN_TEXT = "this was hidden";

let served: Served;
let corpus: Case[];
beforeAll(async () => {
  served = await startServed();
  corpus = smugglingCorpus({
    token: served.token,
    path: pathOf("converse"),
    hiddenPath: `/model/${encodeURIComponent(HIDDEN_MODEL)}/converse`,
    body: converseBody("shown"),
    hiddenBody: converseBody(HIDDEN_TEXT),
  });
});
afterAll(() => served.close());

const bedrockCalls = () => served.sandbox.calls().filter(({ service }) => service === "bedrock");
const hiddenCalls = () => bedrockCalls().filter(({ modelId }) => modelId === HIDDEN_MODEL).length;

/** Another caller, on its own connection: what is wrong with its answer. */
async function others(url: string, text: string): Promise<string | undefined> {
  const headers = [`x-api-key: ${served.token}`, "connection: close"];
  const answer = await raw(url, request({ path: pathOf("converse"), headers, body: converseBody(text) }));
  return answer.status === 200 && answer.body.includes(JSON.stringify(`You said: ${text}`))
    ? undefined
    : `the next caller got ${answer.status} ${answer.body.slice(0, 80)}`;
}

function asExpected({ answers, stood }: Conversation, reached: number, expected: Case["expected"]): boolean {
  const [status = 400] = answers.map((answer) => answer.status);
  if (expected !== "refused") return answers.length === 1 && status === expected;
  return answers.length <= 1 && status >= 400 && status < 500 && !stood && reached === 0;
}

const statuses = ({ answers }: Conversation) => answers.map(({ status }) => status).join(", ") || "no answer";

describe("requests that can be read in two ways", () => {
  it("are refused and their connection closed, or are read in only one way (T13, T3, T4, T14)", async (context) => {
    const { url } = served.serving;
    const wrong: string[] = [];
    const before = hiddenCalls();
    for (const [index, { name, bytes, expected }] of corpus.entries()) {
      const earlier = bedrockCalls().length;
      const said = await converse(url, bytes);
      const reached = bedrockCalls().length - earlier;
      if (!asExpected(said, reached, expected))
        wrong.push(`${name}: ${statuses(said)}${said.stood ? ", stood" : ""}, ${reached} reached Bedrock`);
      const next = await others(url, `next after ${index}`);
      if (next) wrong.push(`${name}: ${next}`);
    }
    expect(wrong).toEqual([]);
    expect(hiddenCalls()).toBe(before);
    figure(context, `${corpus.length} requests raw`);
  });

  it("are distinguished from two pipelined requests (T13)", async () => {
    const two = [pathOf("converse"), `/model/${encodeURIComponent(HIDDEN_MODEL)}/converse`].map((path) =>
      request({ path, headers: [`x-api-key: ${served.token}`], body: converseBody("in the open") }),
    );
    const before = hiddenCalls();
    const said = await converse(served.serving.url, Buffer.from(two.join("")));
    expect([statuses(said), said.stood, hiddenCalls() - before]).toEqual(["200, 200", true, 1]);
  });
});

describe("behind a proxy that forwards all callers over one connection", () => {
  it.for(["haproxy", "nginx"] as const)(
    "%s: only the sender of a request gets its answer (T13)",
    async (name, context) => {
      const [program] = installed(name);
      if (program === undefined) return reportAbsent(context, name, PROXIES[name].debianPackage);
      const proxy = await startProxy(name, program, served.serving.url);
      context.onTestFinished(() => proxy.close());
      const wrong: string[] = [];
      let passed = 0;
      const tried = corpus.filter((_, index) => index % tries(4, 1) === 0);
      for (const [index, { name: what, bytes }] of tried.entries()) {
        const earlier = { all: bedrockCalls().length, hidden: hiddenCalls() };
        const said = await converse(proxy.url, bytes);
        const next = await others(proxy.url, `next after ${index}`);
        const reached = bedrockCalls().length - earlier.all - 1;
        const hidden = hiddenCalls() - earlier.hidden;
        // The proxy may see them as two requests; then both are answered on their own connection.
        const seen = said.answers.filter(({ body }) => body.includes(HIDDEN_TEXT)).length;
        passed += Math.min(reached, 1);
        if (hidden !== seen || reached > said.answers.length || next)
          wrong.push(
            `${what}: ${statuses(said)}; ${reached} reached Bedrock, ${hidden} hidden; ${next ?? ""}`,
          );
      }
      expect(wrong).toEqual([]);
      figure(context, `${tried.length} behind ${name}, of which it let ${passed} through to Bedrock`);
    },
  );
});
