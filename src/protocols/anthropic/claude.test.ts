/** Claude through InvokeModel: everything passes, in both directions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ANTHROPIC_API } from "../../bedrock/compatible.ts";
import { ID, inboundOf, openedBy, sseOf } from "../fixtures.ts";
import type { StreamTranslator } from "../translation.ts";
import { ASKED, SONNET, translationOf } from "./fixtures.ts";
import { readMessages } from "./messages.ts";
import { jsonObjects } from "../../../test/support/json-values.ts";

const VERSION = '"anthropic_version":"bedrock-2023-05-31"';

/** InvokeModel's body, as text. */
function bodyOf(body: unknown, headers: Record<string, string> = {}): string {
  return String(readMessages(inboundOf(body, headers)).translate(SONNET).bodies[0]);
}

function chunk(event: unknown): Buffer {
  const text = typeof event === "string" ? event : JSON.stringify(event);
  return Buffer.from(JSON.stringify({ bytes: Buffer.from(text).toString("base64"), p: "abc" }));
}

function opened(): StreamTranslator {
  return openedBy(translationOf({ ...ASKED, model: "sonnet", stream: true }, SONNET));
}

describe("a request for Claude", () => {
  it("is sent unchanged, except for the fields that InvokeModel has in its path", () => {
    const json = String.raw`{ "system": [{"type":"text","text":"caf\u00e9"}], "model":"m", "stream":false,
      "messages": [{"role":"user","content":[{"type":"tool_use","input":{"id":12345678901234567890,"x":1.0}}]}],
      "novelty": {"10":1,"2":2}, "max_tokens": 5 }`;
    expect(bodyOf(json)).toBe(
      String.raw`{"system":[{"type":"text","text":"caf\u00e9"}],` +
        '"messages":[{"role":"user","content":[{"type":"tool_use","input":{"id":12345678901234567890,"x":1.0}}]}],' +
        `"novelty":{"10":1,"2":2},"max_tokens":5,${VERSION}}`,
    );
  });

  it("keeps every other field, whatever it is", () => {
    fc.assert(
      fc.property(jsonObjects(), (fields) => {
        const own = JSON.stringify({ ...fields, model: "m", stream: true, anthropic_beta: ["b"] });
        const {
          model: _m,
          stream: _s,
          anthropic_version: _v,
          ...rest
        } = JSON.parse(own) as object as {
          [name: string]: unknown;
        };
        const sent = JSON.parse(bodyOf(own)) as object;
        expect(sent).toEqual({ ...rest, anthropic_version: "bedrock-2023-05-31", anthropic_beta: ["b"] });
      }),
    );
  });

  it("never contains a second model, version or beta, however the names are written", () => {
    const json = String.raw`{"model":"m","\u006dodel":"other","anthropic_version":"x","a\u006ethropic_version":"y",
      "stream":true,"strea\u006d":false,"max_tokens":1}`;
    expect(bodyOf(json)).toBe(`{"max_tokens":1,${VERSION}}`);
    expect(readMessages(inboundOf(json)).model).toBe("other");
    expect(readMessages(inboundOf(json)).operation(SONNET)).toBe("InvokeModel");
  });

  it("has the betas of its header and of its body, each once, in order", () => {
    const betas = (own: unknown, header?: string): unknown => {
      const headers: Record<string, string> = header === undefined ? {} : { "anthropic-beta": header };
      return (JSON.parse(bodyOf({ ...ASKED, anthropic_beta: own }, headers)) as { anthropic_beta?: unknown })
        .anthropic_beta;
    };
    expect(betas(undefined)).toBeUndefined();
    expect(betas([], " , ")).toBeUndefined();
    expect(betas(undefined, "b-1, a-2,,b-1")).toEqual(["b-1", "a-2"]);
    expect(betas(["c", "a-2"], "b-1,a-2")).toEqual(["b-1", "a-2", "c"]);
    expect(() => betas("c")).toThrow(expect.objectContaining({ param: "anthropic_beta" }));
  });

  it("of 20 MB, with 10,000 messages or deep nesting, passes", () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const messages = Array.from({ length: 10_000 }, (_, i) => `{"role":"user","content":"${i}"}`).join(",");
    const rest = `"messages":[${messages}],"image":"${"A".repeat(20_000_000)}","deep":${deep}`;
    expect(bodyOf(`{"model":"m",${rest}}`) === `{${rest},${VERSION}}`).toBe(true);
  });

  it("passed on to an endpoint of Anthropic's own form changes only the model's name", () => {
    const json = '{"model":"m","stream":true,"anthropic_beta":["b"],"n":12345678901234567890}';
    const { passed } = readMessages(inboundOf(json));
    expect(passed).toMatchObject({ api: ANTHROPIC_API, path: "/messages", streaming: true });
    expect(String(passed?.body("anthropic.claude"))).toBe(json.replace('"m"', '"anthropic.claude"'));
  });
});

describe("Claude's answer", () => {
  it("is unchanged, with the caller's name of the model", () => {
    const { answer } = translationOf({ ...ASKED, model: "sonnet" }, SONNET);
    if (answer.kind !== "whole") throw new Error("a whole answer was asked for");
    const render = (json: string) => answer.render([{ headers: {}, body: Buffer.from(json) }]);
    expect(
      render('{"model":"claude-1","id":"msg_1", "content":[{"input":{"id":12345678901234567890}}]}'),
    ).toBe('{"model":"sonnet","id":"msg_1","content":[{"input":{"id":12345678901234567890}}]}');
    expect(() => render("[]")).toThrow();
    expect(() => render("<html>")).toThrow();
    expect(() => answer.render([])).toThrow();
  });

  it("streamed is Anthropic's own events, without Bedrock's measurements", () => {
    const stream = opened();
    const delta = '{"type":"content_block_delta", "index":0,"delta":{"type":"text_delta","text":"a\\nb"}}';
    const text = [
      { type: "message_start", message: { id: "msg_1", model: "claude-1", usage: { input_tokens: 3 } } },
      delta,
      { type: "ping" },
      { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 3 } },
    ].map((each) => stream.event("chunk", chunk(each)));
    expect(text).toEqual([
      'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","model":"sonnet","usage":{"input_tokens":3}}}\n\n',
      `event: content_block_delta\ndata: ${delta}\n\n`,
      'event: ping\ndata: {"type":"ping"}\n\n',
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ]);
    expect(stream.end()).toBe("");
  });

  it.each(["\n", "\r", "\r\n"])("streamed with a line break (%j) in its JSON stays one event", (breaking) => {
    const text = opened().event("chunk", chunk(`{"type":"ping",${breaking}"a":1}`));
    expect(text).toBe('event: ping\ndata: {"type":"ping","a":1}\n\n');
  });

  it("streamed has no end before message_stop", () => {
    const stream = opened();
    expect(stream.end()).toBeUndefined();
    stream.event("chunk", chunk({ type: "message_delta", delta: { stop_reason: "end_turn" } }));
    expect(stream.end()).toBeUndefined();
  });

  it("streamed skips frames that aren't chunks, and throws at a chunk that isn't an event", () => {
    const stream = opened();
    expect(stream.event("novelty", Buffer.from("{}"))).toBe("");
    for (const payload of [
      Buffer.from("{}"),
      Buffer.from("x"),
      chunk("null"),
      chunk("{}"),
      chunk('{"type":1}'),
    ])
      expect(() => stream.event("chunk", payload)).toThrow();
    expect(stream.end()).toBeUndefined();
  });

  it("streamed that fails has Anthropic's error event", () => {
    const failure = { status: 503, code: null, type: "ServiceUnavailableException", message: "Later." };
    expect(sseOf(opened().fail(failure))).toEqual([
      {
        event: "error",
        data: { type: "error", error: { type: "overloaded_error", message: "Later." }, request_id: ID },
      },
    ]);
  });
});
