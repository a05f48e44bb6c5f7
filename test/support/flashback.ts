/**
 * Flashback's documented endpoints, strictly: the bearer token, the documented fields and no others. `validate` calls
 * the endpoint as the type's SDK would.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import aws4 from "aws4";

export interface StoredLlm {
  name: string;
  aiType: string;
  endpoint: string;
  secret: string;
  key?: string;
  workspaceId?: string;
}

export interface FlashbackServer {
  url: string;
  /** The configurations, by id. */
  llms: Map<string, StoredLlm>;
  /** Answers the next request like this, whatever it is. */
  answerNext(answer: (response: ServerResponse) => void): void;
  close(): Promise<void>;
}

const REQUIRED = ["name", "aiType", "endpoint", "secret", "workspaceId"];
/** Each is optional; a configuration stays in its workspace. */
const CHANGEABLE = ["name", "aiType", "endpoint", "key", "secret"];
const TYPES = ["OPENAI", "GOOGLE", "ANTHROPIC", "AWS", "OTHER"];

export async function startFlashback(token: string): Promise<FlashbackServer> {
  const llms = new Map<string, StoredLlm>();
  const answers: ((response: ServerResponse) => void)[] = [];
  let ids = 0;
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const canned = answers.shift();
    if (canned) return canned(response);
    const json = (status: number, value: object) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    if (request.headers.authorization !== `Bearer ${token}`) return json(401, { message: "unauthorized" });
    const route = /^\/ai\/llm(?:\/([^/]+)(\/validate)?)?$/.exec(request.url ?? "");
    if (!route) return json(404, { message: "no such route" });
    const [, id, validate] = route;
    if (id === undefined && request.method === "POST") {
      const problem = missingOf(body) ?? unknownOf(body, [...REQUIRED, "key"]);
      if (problem) return json(400, { success: false, message: problem });
      const aiLlmId = `llm-${++ids}`;
      llms.set(aiLlmId, body as unknown as StoredLlm);
      return json(200, { success: true, aiLlmId });
    }
    const found = id === undefined ? undefined : llms.get(id);
    if (id === undefined || !found) return json(404, { message: "no such configuration" });
    switch (`${request.method}${validate ?? ""}`) {
      case "POST/validate":
        return json(200, await validation(found));
      case "PUT": {
        const problem = unknownOf(body, CHANGEABLE);
        if (problem) return json(400, { success: false, message: problem });
        Object.assign(found, body);
        return json(200, { success: true });
      }
      case "DELETE":
        llms.delete(id);
        return json(200, { success: true });
      default:
        return json(405, { message: "not allowed" });
    }
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    llms,
    answerNext: (answer) => void answers.push(answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function missingOf(body: Record<string, unknown>): string | undefined {
  const missing = REQUIRED.find((name) => typeof body[name] !== "string" || body[name] === "");
  return missing && `${missing} is required`;
}

function unknownOf(body: Record<string, unknown>, known: readonly string[]): string | undefined {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown) return `${unknown} is not a field`;
  const type = body["aiType"];
  return type === undefined || TYPES.some((one) => one === type) ? undefined : "aiType is unknown";
}

/** OpenAI's and Anthropic's SDKs list models by these paths and headers, Google's and AWS's by their own. */
async function validation({ aiType, endpoint, secret, key }: StoredLlm): Promise<object> {
  const calls: Record<string, [string, Record<string, string>]> = {
    OPENAI: ["/models", { authorization: `Bearer ${secret}` }],
    OTHER: ["/models", { authorization: `Bearer ${secret}` }],
    ANTHROPIC: ["/v1/models", { "x-api-key": secret }],
    GOOGLE: ["/v1beta/models", { "x-goog-api-key": secret }],
    AWS: ["/foundation-models", signed(endpoint, { accessKeyId: key ?? "", secretAccessKey: secret })],
  };
  const [path, headers] = calls[aiType] ?? ["", {}];
  try {
    const answer = await fetch(endpoint + path, { headers });
    return { success: answer.ok, message: `the endpoint answered ${answer.status}` };
  } catch {
    return { success: false, message: "the endpoint can't be reached" };
  }
}

function signed(
  endpoint: string,
  keys: { accessKeyId: string; secretAccessKey: string },
): Record<string, string> {
  const { host } = new URL(endpoint);
  const path = "/foundation-models";
  const request = {
    method: "GET",
    path,
    service: "bedrock",
    region: "us-east-1",
    headers: { host },
    body: "",
  };
  const { host: _sentAnyway, ...headers } = aws4.sign(request, keys).headers;
  return headers;
}
