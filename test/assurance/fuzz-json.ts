/** Valid requests of each protocol, and changes that make them invalid. */
import fc from "fast-check";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface Sample {
  path: string;
  body: Json;
}

const MODEL = "us.anthropic.claude-3-5-haiku-20241022-v1:0";
const SCHEMA = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };

export const SAMPLES: Sample[] = [
  {
    path: "/v1/chat/completions",
    body: {
      model: MODEL,
      messages: [
        { role: "system", content: "be brief" },
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: '{"a":"b"}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: "done" },
      ],
      tools: [{ type: "function", function: { name: "f", description: "d", parameters: SCHEMA } }],
      tool_choice: "auto",
      max_tokens: 10,
      temperature: 0.5,
      stop: ["x"],
      response_format: { type: "json_schema", json_schema: { name: "n", schema: SCHEMA } },
      metadata: { a: "b" },
      stream: false,
    },
  },
  {
    path: "/v1/responses",
    body: {
      model: MODEL,
      instructions: "be brief",
      input: [
        { role: "user", content: [{ type: "input_text", text: "a" }] },
        { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "c1", output: "done" },
      ],
      tools: [{ type: "function", name: "f", parameters: SCHEMA }],
      max_output_tokens: 10,
      text: { format: { type: "json_schema", name: "n", schema: SCHEMA } },
      store: false,
    },
  },
  {
    path: "/v1/embeddings",
    body: { model: "amazon.titan-embed-text-v2:0", input: ["a", "b"], dimensions: 256 },
  },
  {
    path: "/v1/messages",
    body: {
      model: MODEL,
      max_tokens: 10,
      system: [{ type: "text", text: "be brief", cache_control: { type: "ephemeral" } }],
      messages: [
        {
          role: "user",
          content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } }],
        },
        { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "f", input: { a: "b" } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "done" }] },
      ],
      tools: [{ name: "f", input_schema: SCHEMA }],
      tool_choice: { type: "auto" },
      stop_sequences: ["x"],
    },
  },
  {
    path: "/v1beta/models/m:generateContent",
    body: {
      systemInstruction: { parts: [{ text: "be brief" }] },
      contents: [
        { role: "user", parts: [{ text: "a" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] },
        { role: "model", parts: [{ functionCall: { name: "f", args: { a: "b" } } }] },
        { role: "user", parts: [{ functionResponse: { name: "f", response: { ok: true } } }] },
      ],
      tools: [
        {
          functionDeclarations: [
            { name: "f", parameters: { type: "OBJECT", properties: { a: { type: "STRING" } } } },
          ],
        },
      ],
      generationConfig: {
        maxOutputTokens: 10,
        stopSequences: ["x"],
        responseMimeType: "application/json",
        responseSchema: { type: "OBJECT" },
      },
    },
  },
  {
    path: "/v1beta/models/m:batchEmbedContents",
    body: { requests: [{ model: "models/m", content: { parts: [{ text: "a" }] } }] },
  },
  {
    path: "/async-invoke",
    body: {
      modelId: "amazon.nova-reel-v1:0",
      modelInput: { a: 1 },
      outputDataConfig: { s3OutputDataConfig: { s3Uri: "s3://b" } },
    },
  },
];

/** Values in the wrong place: other types, and names that objects inherit. */
const ODD: Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1e300,
  1.5,
  2 ** 60,
  "",
  " ",
  "a",
  "\u0000",
  "\ud800",
  "__proto__",
  "constructor",
  "data:",
  "data:image/png;base64,",
  "data:;base64,@@",
  "{",
  "[".repeat(500),
  "🙂".repeat(50),
  "x".repeat(5000),
  [],
  [[]],
  [null],
  ["a"],
  {},
  { a: null },
  { type: "text" },
  { type: "__proto__" },
  { type: "constructor" },
  { toString: 1, valueOf: 1 },
  { length: 1e9 },
  { type: "object", $ref: "#" },
  { text: { text: {} } },
];
const NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "length",
  "type",
  "role",
  "content",
  "text",
  "",
];

interface Change {
  /** The depth, and which of the places there. */
  steps: number[];
  kind: "replace" | "remove" | "add" | "repeat" | "nest";
  name: string;
  odd: Json;
}

const change: fc.Arbitrary<Change> = fc.record({
  steps: fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }),
  kind: fc.constantFrom("replace", "remove", "add", "repeat", "nest"),
  name: fc.constantFrom(...NAMES),
  odd: fc.constantFrom(...ODD),
});

/** A valid request with one to three changes, and sometimes an invalid byte, as JSON text. */
export const changedRequest: fc.Arbitrary<{ path: string; text: string }> = fc
  .record({
    sample: fc.constantFrom(...SAMPLES),
    changes: fc.array(change, { minLength: 1, maxLength: 3 }),
    spoilt: fc.option(fc.tuple(fc.nat(5000), fc.constantFrom("{", "}", '"', ",", "\\", "\0", "1")), {
      freq: 10,
    }),
  })
  .map(({ sample, changes, spoilt }) => {
    let text = JSON.stringify(sample.body);
    for (const each of changes) text = changed(text, each);
    if (!spoilt) return { path: sample.path, text };
    const at = spoilt[0] % (text.length + 1);
    return { path: sample.path, text: text.slice(0, at) + spoilt[1] + text.slice(at + 1) };
  });

/** Through the text, so that `__proto__` becomes an ordinary member. */
function changed(json: string, { steps, kind, name, odd }: Change): string {
  const root: { value: Json } = { value: JSON.parse(json) as Json };
  let holder: object = root;
  let key = "value";
  for (const step of steps) {
    const inside: unknown = Reflect.get(holder, key);
    if (typeof inside !== "object" || inside === null) break;
    const keys = Object.keys(inside);
    if (keys.length === 0) break;
    holder = inside;
    key = keys[step % keys.length] ?? "";
  }
  const value = Reflect.get(holder, key) as Json;
  if (kind === "remove") Reflect.deleteProperty(holder, key);
  else if (kind === "add" && typeof value === "object" && value !== null && !Array.isArray(value))
    Object.defineProperty(value, name, { value: odd, enumerable: true, configurable: true, writable: true });
  else if (kind === "repeat") Reflect.set(holder, key, [value, value]);
  else if (kind === "nest") Reflect.set(holder, key, { [name === "__proto__" ? "a" : name]: value });
  else Reflect.set(holder, key, odd);
  return JSON.stringify(root.value) ?? "null";
}
