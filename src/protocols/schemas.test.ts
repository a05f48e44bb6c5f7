/** Schemas become what Bedrock takes, or are refused by their path. */
import { describe, expect, it } from "vitest";
import { inputSchema, outputSchema } from "./schemas.ts";

describe("a tool's input schema", () => {
  it.each<[object, object]>([
    [{}, { type: "object" }],
    [
      { type: null, properties: {} },
      { type: "object", properties: {} },
    ],
    [{ type: ["object", "null"] }, { type: "object" }],
    [{ anyOf: [{ required: ["a"] }] }, { type: "object", anyOf: [{ required: ["a"] }] }],
    [
      { $ref: "#/definitions/A", definitions: { A: { type: "object", required: ["q"] } } },
      { type: "object", required: ["q"], definitions: { A: { type: "object", required: ["q"] } } },
    ],
    [
      { $ref: "#/$defs/A", $defs: { A: { properties: { a: { $ref: "#/$defs/A" } } } } },
      {
        type: "object",
        properties: { a: { $ref: "#/$defs/A" } },
        $defs: { A: { properties: { a: { $ref: "#/$defs/A" } } } },
      },
    ],
    // Nothing that is known.
    [{ $ref: "https://example.com/a" }, { type: "object", $ref: "https://example.com/a" }],
    [
      { $ref: "#/definitions/toString", definitions: {} },
      { type: "object", $ref: "#/definitions/toString", definitions: {} },
    ],
  ])("%j has an object at its root", (given, sent) => {
    expect(inputSchema(given, "tools.0.parameters")).toEqual(sent);
  });

  it.each(["string", ["array", "null"], 7])("of type %j is refused by its path", (type) => {
    expect(() => inputSchema({ type }, "tools.0.parameters")).toThrow(
      "tools.0.parameters.type: a tool's input",
    );
  });
});

describe("an output schema", () => {
  it("says of every object that it has no further members", () => {
    const open = { type: "object", properties: { a: { type: "string" } } };
    const closed = { ...open, additionalProperties: false };
    const schema = (object: object) => ({
      type: "object",
      properties: {
        one: object,
        many: { type: "array", items: object },
        tuple: { type: "array", prefixItems: [object] },
        either: { anyOf: [object, { type: "null" }] },
        maybe: { ...object, type: ["object", "null"] },
        untyped: { properties: {} },
        plain: { type: "string", enum: ["properties"], default: { type: "object" } },
      },
      $defs: { d: object },
    });
    const { additionalProperties, ...sent } = outputSchema(schema(open), "s");
    const expected = schema(closed);
    Object.assign(expected.properties.untyped, { additionalProperties: false });
    expect([additionalProperties, sent]).toEqual([false, expected]);
  });

  it.each([true, {}, { type: "string" }])(
    "that wants further members is refused by its path: %j",
    (wanted) => {
      const schema = { type: "object", properties: { a: { type: "object", additionalProperties: wanted } } };
      expect(() => outputSchema(schema, "response_format.schema")).toThrow(
        "response_format.schema.properties.a.additionalProperties: Bedrock's structured output requires false.",
      );
    },
  );
});
