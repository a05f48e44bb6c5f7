import { describe, expect, it } from "vitest";
import { differences } from "./compare.ts";

describe("what newer packages would change", () => {
  it("is named by table entry and member: added, removed and changed", () => {
    const before = {
      models: [
        { id: "a.one", maxInputTokens: 1, efforts: ["low"] },
        { id: "a.two", streaming: true },
      ],
      operations: { Converse: { method: "POST" } },
    };
    const after = {
      models: [
        { id: "a.one", maxInputTokens: 2, efforts: ["low", "max"] },
        { id: "a.three", streaming: true },
      ],
      operations: { Converse: { method: "POST" }, ConverseAgain: { method: "POST" } },
    };
    expect(differences(before, after)).toEqual([
      { at: "models a.one maxInputTokens", change: "1 → 2" },
      { at: "models a.one efforts", change: '["low"] → ["low","max"]' },
      { at: "models a.two", change: 'removed: {"id":"a.two","streaming":true}' },
      { at: "models a.three", change: 'added: {"id":"a.three","streaming":true}' },
      { at: "operations ConverseAgain", change: 'added: {"method":"POST"}' },
    ]);
  });

  it("is nothing if only the order of entries differs", () => {
    const list = [{ id: "a" }, { id: "b" }];
    expect(differences({ list }, { list: list.toReversed() })).toEqual([]);
  });
});
