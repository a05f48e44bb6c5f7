/** Reasoning by the catalogue: each level becomes one that the model takes. */
import { describe, expect, it } from "vitest";
import { CATALOGUE_SOURCES, MODELS } from "./catalogue.ts";
import { modelOfId } from "./model.ts";
import { reasoningAtEffort, withoutReasoning } from "./reasoning.ts";

const claude = MODELS.filter(({ id, mode }) => id.startsWith("anthropic.claude-") && mode === "chat");
const EFFORTS = ["minimal", "low", "medium", "high", "xhigh", "max"] as const;

describe(`Claude's reasoning, by the catalogue (${CATALOGUE_SOURCES.join(", ")})`, () => {
  it.each(claude.filter(({ efforts = [], adaptiveThinking }) => efforts.length > 0 && adaptiveThinking))(
    "$id gets adaptive thinking, at levels that it takes",
    ({ id, efforts = [] }) => {
      for (const effort of EFFORTS) {
        const reasoning = reasoningAtEffort(modelOfId(`us.${id}`), effort, 32_000);
        expect(reasoning).toMatchObject({ fields: { thinking: { type: "adaptive" } } });
        const level = "outputConfig" in reasoning ? reasoning.outputConfig?.effort : undefined;
        expect([effort, efforts]).toEqual([effort, expect.arrayContaining([level])]);
        expect(level === effort || !efforts.includes(effort) || effort === "minimal").toBe(true);
      }
    },
  );

  it("falls to the next lower level: xhigh of Claude 4.6 is high", () => {
    const { outputConfig } = reasoningAtEffort(
      modelOfId("anthropic.claude-opus-4-6-v1"),
      "xhigh",
      32_000,
    ) as {
      outputConfig: { effort: string };
    };
    expect(outputConfig).toEqual({ effort: "high" });
  });

  it("has a budget where the model isn't adaptive, and is refused where it doesn't think", () => {
    for (const { id, thinking, adaptiveThinking } of claude) {
      if (adaptiveThinking || thinking === undefined || thinking === "always") continue;
      const reasoning = reasoningAtEffort(modelOfId(id), "low", 32_000);
      const thinks = { fields: { thinking: { type: "enabled", budget_tokens: 2_048 } } };
      expect([id, reasoning]).toEqual([
        id,
        thinking === "none" ? { problem: "this model doesn't reason." } : thinks,
      ]);
    }
  });

  it("is switched off where the model thinks by default, and refused where it always does", () => {
    for (const { id, thinking } of claude) {
      const expected = {
        always: { problem: expect.stringContaining("always reasons") },
        default: { fields: { thinking: { type: "disabled" } } },
        optional: {},
        none: {},
      };
      expect([id, withoutReasoning(modelOfId(`us.${id}`))]).toEqual([id, expected[thinking ?? "none"]]);
    }
  });
});
