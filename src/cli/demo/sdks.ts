/** The same key through the SDKs of OpenAI, Anthropic and Google, set up as a developer would. */
import { MODEL } from "./calls.ts";
import { must } from "./must.ts";
import type { Show } from "./show.ts";

/** The name that the operator gave the model. */
export const ALIAS = "claude-haiku";

export interface Endpoint {
  url: string;
  secret: string;
}

/** Each SDK in turn; resolves to the number of calls made. One that isn't installed (they come with a checkout, not with the package) is reported and skipped. */
export async function callBySdks(endpoint: Endpoint, show: Show): Promise<number> {
  let made = 0;
  const sdks: [name: string, call: (endpoint: Endpoint) => Promise<string>][] = [
    ["openai", byOpenAi],
    ["@anthropic-ai/sdk", byAnthropic],
    ["@google/genai", byGoogle],
  ];
  for (const [name, call] of sdks) {
    try {
      const text = await call(endpoint);
      must(text.startsWith("You said: Hello"), `${name} must get its answer, but: ${text}`);
      show.seen(name, `“${text}”`);
      made++;
    } catch (thrown) {
      if (!isMissing(thrown)) throw thrown;
      show.seen(name, `not installed here; to see it: npm install ${name}`);
    }
  }
  return made;
}

async function byOpenAi({ url, secret }: Endpoint): Promise<string> {
  const { default: OpenAI } = await import("openai");
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: secret, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Hello in OpenAI's protocol" }];
  const stream = await client.chat.completions.create({ model: ALIAS, messages, stream: true });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  return text;
}

async function byAnthropic({ url, secret }: Endpoint): Promise<string> {
  const { default: Anthropic } = await import("@anthropic-ai/sdk");
  const client = new Anthropic({ baseURL: url, apiKey: secret, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Hello in Anthropic's protocol" }];
  const stream = client.messages.stream({ model: MODEL, max_tokens: 100, messages });
  return stream.finalText();
}

async function byGoogle({ url, secret }: Endpoint): Promise<string> {
  const { GoogleGenAI } = await import("@google/genai");
  const client = new GoogleGenAI({ apiKey: secret, httpOptions: { baseUrl: url } });
  const answer = await client.models.generateContent({
    model: ALIAS,
    contents: "Hello in Gemini's protocol",
  });
  return answer.text ?? "";
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ERR_MODULE_NOT_FOUND";
}
