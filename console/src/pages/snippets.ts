/** Programs and Flashback's fields for one key. */
export interface Endpoint {
  url: string;
  region: string;
  model: string;
  secret: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export type FlashbackType = "OPENAI" | "ANTHROPIC" | "GOOGLE" | "AWS" | "OTHER";

/** The fields that an operator fills in at Flashback. */
export function flashbackFields(
  type: FlashbackType,
  { url, secret, accessKeyId, secretAccessKey }: Endpoint,
) {
  const v1 = type === "OPENAI" || type === "OTHER" ? "/v1" : "";
  return [
    { field: "AI LLM Type", value: type },
    { field: "API Endpoint", value: url + v1 },
    { field: "API Secret", value: type === "AWS" ? secretAccessKey : secret },
    ...(type === "AWS" ? [{ field: "API Key", value: accessKeyId }] : []),
  ];
}

export function snippets(endpoint: Endpoint, pair: boolean): { id: string; name: string; text: string }[] {
  if (pair) return [awsEnvironment(endpoint, true), awsJs(endpoint), boto3(endpoint)];
  return [
    curl(endpoint),
    openAiPython(endpoint),
    openAiJs(endpoint),
    anthropicPython(endpoint),
    gemini(endpoint),
    awsEnvironment(endpoint, false),
    awsJs(endpoint),
    boto3(endpoint),
    claudeCode(endpoint),
  ];
}

function curl({ url, secret, model }: Endpoint) {
  const text = `curl ${url}/v1/chat/completions \\
  -H 'authorization: Bearer ${secret}' -H 'content-type: application/json' \\
  -d '{"model":"${model}","messages":[{"role":"user","content":"Hello"}]}'`;
  return { id: "curl", name: "curl", text };
}

function openAiPython({ url, secret, model }: Endpoint) {
  const text = `from openai import OpenAI

client = OpenAI(base_url="${url}/v1", api_key="${secret}")
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)`;
  return { id: "openai-python", name: "OpenAI, Python", text };
}

function openAiJs({ url, secret, model }: Endpoint) {
  const text = `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${url}/v1", apiKey: "${secret}" });
const answer = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Hello" }],
});
console.log(answer.choices[0].message.content);`;
  return { id: "openai-js", name: "OpenAI, JavaScript", text };
}

function anthropicPython({ url, secret, model }: Endpoint) {
  const text = `from anthropic import Anthropic

client = Anthropic(base_url="${url}", api_key="${secret}")
answer = client.messages.create(
    model="${model}", max_tokens=200,
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.content[0].text)`;
  return { id: "anthropic-python", name: "Anthropic, Python", text };
}

function gemini({ url, secret, model }: Endpoint) {
  const text = `from google import genai
from google.genai import types

client = genai.Client(api_key="${secret}", http_options=types.HttpOptions(base_url="${url}"))
print(client.models.generate_content(model="${model}", contents="Hello").text)`;
  return { id: "gemini", name: "Gemini, Python", text };
}

function awsEnvironment({ url, secret, region, accessKeyId, secretAccessKey }: Endpoint, pair: boolean) {
  const credentials = pair
    ? `export AWS_ACCESS_KEY_ID=${accessKeyId}
export AWS_SECRET_ACCESS_KEY=${secretAccessKey}`
    : `export AWS_BEARER_TOKEN_BEDROCK=${secret}`;
  const text = `export AWS_REGION=${region}
export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${url}
${credentials}`;
  return { id: "aws-env", name: "AWS environment", text };
}

function awsJs({ model }: Endpoint) {
  const text = `// With the AWS environment set:
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";

const answer = await new BedrockRuntimeClient().send(
  new ConverseCommand({
    modelId: "${model}",
    messages: [{ role: "user", content: [{ text: "Hello" }] }],
  }),
);
console.log(answer.output.message.content[0].text);`;
  return { id: "aws-js", name: "AWS SDK, JavaScript", text };
}

function boto3({ model }: Endpoint) {
  const text = `# With the AWS environment set:
import boto3

answer = boto3.client("bedrock-runtime").converse(
    modelId="${model}",
    messages=[{"role": "user", "content": [{"text": "Hello"}]}],
)
print(answer["output"]["message"]["content"][0]["text"])`;
  return { id: "boto3", name: "boto3", text };
}

function claudeCode({ url, secret }: Endpoint) {
  const text = `export ANTHROPIC_BASE_URL=${url}
export ANTHROPIC_AUTH_TOKEN=${secret}
export CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1
claude`;
  return { id: "claude-code", name: "Claude Code", text };
}
