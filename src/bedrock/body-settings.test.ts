/** What a body says besides its content, however its JSON is written; and the members that AWS's own model has. */
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SignetError } from "../core/errors.ts";
import { CONVERSE_CONTENT, SETTING_MEMBERS, settingsInBody } from "./body-settings.ts";

interface ServiceModel {
  source: string;
  shapes: Record<string, { members: Record<string, { location?: string }> }>;
}
const file = path.join(import.meta.dirname, "../../facts/service-models/bedrock-runtime.json");
const model = JSON.parse(readFileSync(file, "utf8")) as ServiceModel;

const inConverse = (json: string) => settingsInBody("Converse", Buffer.from(json));
const saidIn = (json: string) => [...inConverse(json).said].map((pair) => pair.join("="));

function codeOf(json: string): string | undefined {
  try {
    inConverse(json);
    return undefined;
  } catch (error) {
    return error instanceof SignetError ? error.code : String(error);
  }
}

/** Every character of the text as an escape. */
const escaped = (text: string) =>
  text
    .split("")
    .map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

describe(`Converse's members (${model.source})`, () => {
  it.each(["ConverseRequest", "ConverseStreamRequest"])(
    "%s has those that are known, and no other",
    (shape) => {
      const members = Object.entries(model.shapes[shape]?.members ?? {}).filter(
        ([, { location }]) => !location,
      );
      const known = [...CONVERSE_CONTENT, "guardrailConfig", "serviceTier", "performanceConfig"];
      known.push("requestMetadata", "projectIdentifier", "promptVariables");
      expect(members.map(([name]) => name).toSorted()).toEqual(known.toSorted());
    },
  );
});

describe("a setting in a body", () => {
  it("is found under its name, with its trace, and only at the top", () => {
    const settings = {
      messages: [{ content: [{ toolUse: { input: { serviceTier: { type: "priority" } } } }] }],
      serviceTier: { type: "priority" },
      guardrailConfig: { guardrailIdentifier: "g", trace: "enabled" },
      requestMetadata: { a: "b" },
      projectIdentifier: "proj_1",
    };
    const { said, values } = inConverse(JSON.stringify(settings, null, 2));
    expect([...said.values()]).toEqual([
      "serviceTier",
      "guardrailConfig",
      "trace",
      "requestMetadata",
      "projectIdentifier",
    ]);
    expect(values.get("projectIdentifier")).toBe("proj_1");
  });

  it("is found however its name is escaped (T41)", () => {
    expect(saidIn(`{"${escaped("serviceTier")}":{"type":"flex"}}`)).toEqual(["serviceTier=serviceTier"]);
    expect(saidIn(String.raw`{"service\u0054ier" : {"type":"flex"}}`)).toEqual(["serviceTier=serviceTier"]);
  });

  it("is refused if it is said twice, in whichever order, also within (T41)", () => {
    const [cheap, dear] = [`"serviceTier":{"type":"default"}`, `"service\\u0054ier":{"type":"priority"}`];
    for (const json of [
      `{${cheap},"messages":[],${dear}}`,
      `{${dear},${cheap}}`,
      `{"serviceTier":{"type":"default","t\\u0079pe":"priority"}}`,
      `{"serviceTier":{"type":"flex"},"additionalModelRequestFields":{"service_tier":"priority"}}`,
    ])
      expect(codeOf(json), json).toBe("invalid_body");
  });

  it("needs no grant if Bedrock does the same without it", () => {
    expect(saidIn(`{"serviceTier":{"type":"default"},"performanceConfig":{"latency":"standard"}}`)).toEqual(
      [],
    );
    expect(saidIn(`{"performanceConfig":{"latency":"optimized"}}`)).toHaveLength(1);
  });

  it("is not said by null", () => {
    expect(saidIn(`{"serviceTier":null,"guardrailConfig":null}`)).toEqual([]);
  });

  it("can't follow in a second object", () => {
    expect(codeOf(`{"messages":[]} {"serviceTier":{"type":"priority"}}`)).toBe("invalid_body");
    expect(codeOf(`{"messages":[]} \n`)).toBeUndefined();
  });

  it("is found among a model's own fields", () => {
    expect(saidIn(`{"additionalModelRequestFields":{"service_tier":"priority"}}`)).toEqual([
      "additionalModelRequestFields.service_tier=serviceTier",
    ]);
    const body = Buffer.from(`{"amazon-bedrock-guardrailConfig":{"tagSuffix":"x"},"service_tier":"flex"}`);
    expect([...settingsInBody("InvokeModel", body).said.values()]).toEqual([
      "guardrailConfig",
      "serviceTier",
    ]);
  });

  it("that is unknown is named, and a body that isn't an object is refused", () => {
    expect(inConverse(`{"messages":[],"frob":1}`).unknown).toBe("frob");
    expect(inConverse(`{"messages":[],"service_tier":"flex"}`).unknown).toBe("service_tier");
    expect(settingsInBody("InvokeModel", Buffer.from(`{"frob":1}`)).said.size).toBe(0);
    for (const json of ["", "[]", "7", "\uFEFF{}"]) expect(codeOf(json), json).toBe("invalid_body");
    const wide = Buffer.from(`{"serviceTier":{"type":"priority"}}`, "utf16le");
    expect(() => settingsInBody("Converse", wide)).toThrow(SignetError);
  });

  it("is what JSON.parse finds, in any body without duplicates", () => {
    const names = fc.constantFrom(...SETTING_MEMBERS.keys(), "messages", "system", 'a"b', "x\\y", "é", "");
    const written = fc
      .tuple(names, fc.boolean(), fc.json({ maxDepth: 3 }))
      .map(([name, isEscaped, value]) => ({
        name,
        text: `"${isEscaped ? escaped(name) : JSON.stringify(name).slice(1, -1)}" :\n${value}`,
      }));
    const bodies = fc.uniqueArray(written, { selector: ({ name }) => name, maxLength: 8 });
    fc.assert(
      fc.property(bodies, (members) => {
        const json = ` {${members.map(({ text }) => text).join(" ,")}} `;
        const all = Object.entries(JSON.parse(json) as object).filter(([name]) => SETTING_MEMBERS.has(name));
        const parsed = all.filter(([, value]) => value !== null).map(([name]) => name);
        const settings = all.map(([name]) => SETTING_MEMBERS.get(name));
        // Random values hold no default and no trace; two names of one setting are refused.
        fc.pre(
          new Set(settings).size === settings.length && !/default|auto|standard|disabled|trace/.test(json),
        );
        const found = settingsInBody("InvokeModel", Buffer.from(json)).said;
        expect([...found.keys()].toSorted()).toEqual(parsed.toSorted());
      }),
      { numRuns: 2000 },
    );
  });
});
