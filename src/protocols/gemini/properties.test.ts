/** Properties of every request and every answer. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { converseAnswer, fate, spoilt, wrongValue } from "../../../test/support/converse-answers.ts";
import type { ConverseResponse, Message } from "../../bedrock/converse.ts";
import { modelOfId } from "../../bedrock/model.ts";
import { eventsOf, fed, inboundOf, openedBy, renderedBy, requestOf } from "../fixtures.ts";
import type { Inbound, Translation } from "../translation.ts";
import { readGenerate, readStreamGenerate } from "./read.ts";

const SONNET = modelOfId("us.anthropic.claude-sonnet-4-20250514-v1:0");

interface Part {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  functionCall?: object;
}

interface Response {
  candidates: { content: { role: string; parts: Part[] }; finishReason?: string }[];
  usageMetadata?: object;
}

function inbound(body: unknown, query = ""): Inbound {
  return { ...inboundOf(body), params: ["m"], query };
}

const ASKED = (includeThoughts: boolean) => ({
  contents: [{ role: "user", parts: [{ text: "Hi" }] }],
  tools: [{ functionDeclarations: [{ name: "f" }] }],
  generationConfig: { thinkingConfig: { includeThoughts, thinkingBudget: 2000 } },
});

function whole(answer: ConverseResponse, includeThoughts: boolean): Response {
  const translation = readGenerate(inbound(ASKED(includeThoughts))).translate(SONNET);
  return JSON.parse(renderedBy(translation, answer)) as Response;
}

function streaming(includeThoughts: boolean, query: string): Translation {
  return readStreamGenerate(inbound(ASKED(includeThoughts), query)).translate(SONNET);
}

function streamed(answer: ConverseResponse, includeThoughts: boolean, query: string): Response[] {
  const stream = openedBy(streaming(includeThoughts, query));
  const text = fed(stream, eventsOf(answer)) + (stream.end() ?? "INCOMPLETE");
  if (query !== "alt=sse") return JSON.parse(text) as Response[];
  const events = text.split("\n\n").filter((each) => each !== "");
  return events.map((each) => JSON.parse(each.replace(/^data: /, "")) as Response);
}

/** Joins consecutive texts, which a stream has in pieces. */
function joined(parts: Part[]): Part[] {
  const result: Part[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    const continues =
      last?.text !== undefined &&
      part.text !== undefined &&
      (last.thought ?? false) === (part.thought ?? false) &&
      part.thoughtSignature === undefined;
    if (continues) last.text = (last.text ?? "") + (part.text ?? "");
    else result.push({ ...part });
  }
  return result;
}

const partsOf = (responses: Response[]) =>
  joined(responses.flatMap(({ candidates }) => candidates[0]!.content.parts));

describe("an answer", () => {
  it.each(["alt=sse", ""])(
    "is the same streamed (%j) and whole: content, signatures, reason, usage",
    (query) => {
      fc.assert(
        fc.property(converseAnswer, fc.boolean(), (answer, includeThoughts) => {
          const expected = whole(answer, includeThoughts);
          const pieces = streamed(answer, includeThoughts, query);
          expect(partsOf(pieces)).toEqual(partsOf([expected]));
          const last = pieces.at(-1)!;
          expect(last.candidates[0]!.finishReason).toBe(expected.candidates[0]!.finishReason);
          expect(last.usageMetadata).toEqual(expected.usageMetadata);
        }),
      );
    },
  );

  it("that is sent back returns the model's reasoning and calls unchanged, shown or not", () => {
    fc.assert(
      fc.property(converseAnswer, fc.boolean(), (answer, includeThoughts) => {
        const { content } = whole(answer, includeThoughts).candidates[0]!;
        const contents = [...ASKED(includeThoughts).contents, content];
        const request = requestOf(
          readGenerate(inbound({ ...ASKED(includeThoughts), contents })).translate(SONNET),
        );
        expect(spoken(request.messages.filter(({ role }) => role === "assistant"))).toEqual(
          spoken([answer.output.message as Message]),
        );
      }),
    );
  });

  it("that is truncated has no end", () => {
    fc.assert(
      fc.property(converseAnswer, fc.nat(), (answer, cut) => {
        const events = eventsOf(answer);
        const stream = openedBy(streaming(false, "alt=sse"));
        fed(stream, events.slice(0, cut % events.length));
        expect(stream.end()).toBeUndefined();
      }),
    );
  });
});

/** Blank texts are not sent to the model. */
function spoken(messages: readonly Message[]): object[] {
  return messages.flatMap(({ content }) =>
    content.filter((block) => !("text" in block) || block.text.trim() !== ""),
  );
}

const RICH = {
  systemInstruction: { parts: [{ text: "Be brief" }] },
  contents: [
    {
      role: "user",
      parts: [{ text: "Hi" }, { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }],
    },
    { role: "model", parts: [{ functionCall: { id: "1", name: "f", args: { a: 1 } } }] },
    { role: "user", parts: [{ functionResponse: { id: "1", name: "f", response: { output: "x" } } }] },
  ],
  tools: [
    {
      functionDeclarations: [
        { name: "f", parameters: { type: "OBJECT", properties: { a: { type: "STRING" } } } },
      ],
    },
  ],
  toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } },
  safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "OFF" }],
  generationConfig: {
    temperature: 0.5,
    topK: 5,
    stopSequences: ["x"],
    responseMimeType: "application/json",
    responseSchema: { type: "OBJECT", properties: { a: { type: "STRING", nullable: true } } },
    thinkingConfig: { thinkingBudget: 2000, includeThoughts: true },
  },
};

describe("a request", () => {
  it("with any part corrupted is served, or refused by the path of a field", () => {
    fc.assert(
      fc.property(fc.nat(), wrongValue, (seed, value) => {
        const read = () => readGenerate(inbound(spoilt(RICH, seed, value))).translate(SONNET);
        expect(fate(read)).toBeOneOf(["served", "refused by name"]);
      }),
      { numRuns: 1000 },
    );
  });

  it("in snake_case equals the same in camelCase", () => {
    const snake = JSON.parse(
      JSON.stringify(RICH).replaceAll(/"([a-z]+[A-Z][A-Za-z]*)":/g, (_, name: string) => {
        return `"${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":`;
      }),
    ) as object;
    const bodyOf = (body: object) => requestOf(readGenerate(inbound(body)).translate(SONNET));
    expect(bodyOf(snake)).toEqual(bodyOf(RICH));
  });
});
