/** Large requests in the forms of several protocols: an agent's turn, and a question about two images. */
import { MODEL } from "../sides.ts";

const TURNS = 99;
const TOOLS = 40;
const SYSTEM = "You are an engineer who works on this repository. ".repeat(120);
const TASK = "Find out why the test fails, and fix it.";
const SAYS = "I will read the next file, and compare what it says with what the test expects of it.";
/** A tool's answer: a file's lines, with quotes and line breaks. */
const LINES = Array.from(
  { length: 11 },
  (_, n) => `${n + 1}: const value${n} = "${"data ".repeat(14)}";`,
).join("\n");

const TURN = Array.from({ length: TURNS }, (_, n) => ({
  id: `toolu_${n}`,
  name: `tool_${n % TOOLS}`,
  input: { path: `src/file-${n}.ts` },
}));
const TOOL = Array.from({ length: TOOLS }, (_, n) => ({
  name: `tool_${n}`,
  description: "Reads a file of the repository and answers with its lines. ".repeat(5),
  schema: {
    type: "object",
    properties: Object.fromEntries(
      ["path", "pattern", "limit", "reason"].map((name) => [
        name,
        { type: "string", description: `The ${name} to go by.` },
      ]),
    ),
    required: ["path"],
  },
}));

/** Some 200 messages and 40 tools, about 168 KB. */
export const AGENT_TURN = {
  native: () => JSON.stringify(nativeTurn()),
  anthropic: () => JSON.stringify(anthropicTurn()),
  openai: () => JSON.stringify(openaiTurn()),
};

function nativeTurn(): object {
  return {
    system: [{ text: SYSTEM }],
    messages: [
      { role: "user", content: [{ text: TASK }] },
      ...TURN.flatMap(({ id: toolUseId, name, input }) => [
        { role: "assistant", content: [{ text: SAYS }, { toolUse: { toolUseId, name, input } }] },
        { role: "user", content: [{ toolResult: { toolUseId, content: [{ text: LINES }] } }] },
      ]),
    ],
    toolConfig: {
      tools: TOOL.map(({ name, description, schema }) => ({
        toolSpec: { name, description, inputSchema: { json: schema } },
      })),
    },
    inferenceConfig: { maxTokens: 4096 },
  };
}

function anthropicTurn(): object {
  return {
    model: MODEL,
    max_tokens: 4096,
    system: SYSTEM,
    messages: [
      { role: "user", content: TASK },
      ...TURN.flatMap(({ id, name, input }) => [
        {
          role: "assistant",
          content: [
            { type: "text", text: SAYS },
            { type: "tool_use", id, name, input },
          ],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: LINES }] },
      ]),
    ],
    tools: TOOL.map(({ name, description, schema }) => ({ name, description, input_schema: schema })),
  };
}

function openaiTurn(): object {
  return {
    model: MODEL,
    max_tokens: 4096,
    messages: [
      { role: "system", content: SYSTEM },
      { role: "user", content: TASK },
      ...TURN.flatMap(({ id, name, input }) => [
        {
          role: "assistant",
          content: SAYS,
          tool_calls: [{ id, type: "function", function: { name, arguments: JSON.stringify(input) } }],
        },
        { role: "tool", tool_call_id: id, content: LINES },
      ]),
    ],
    tools: TOOL.map(({ name, description, schema }) => ({
      type: "function",
      function: { name, description, parameters: schema },
    })),
  };
}

/** Bytes of an image; in base64 two of them make 5.2 MB. */
const IMAGE = 1_960_000;
const QUESTION = "What is the difference between these images?";

export const IMAGES = {
  native: () =>
    JSON.stringify({
      messages: [{ role: "user", content: [{ text: QUESTION }, nativeImage(), nativeImage()] }],
    }),
  chat: () =>
    JSON.stringify({
      model: MODEL,
      messages: [{ role: "user", content: [{ type: "text", text: QUESTION }, chatImage(), chatImage()] }],
    }),
};

function nativeImage(): object {
  return { image: { format: "png", source: { bytes: imageData() } } };
}

function chatImage(): object {
  return { type: "image_url", image_url: { url: `data:image/png;base64,${imageData()}` } };
}

function imageData(): string {
  return Buffer.from(Uint8Array.from({ length: IMAGE }, (_, n) => (n * 7919) ^ (n >> 3))).toString("base64");
}
