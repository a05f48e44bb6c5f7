/** Documents of one request have names of their own, the same in every turn of a conversation. */
import { expect, it } from "vitest";
import type { ConverseRequest } from "./converse.ts";
import { withOwnDocumentNames } from "./document-names.ts";

type Messages = ConverseRequest["messages"];
const document = (name: string) => ({
  document: { format: "txt" as const, name, source: { bytes: "YQ==" } },
});
const user = (...names: string[]): Messages[number] => ({ role: "user", content: names.map(document) });

function namesIn(messages: Messages): string[] {
  return [...JSON.stringify(withOwnDocumentNames(messages)).matchAll(/"name":"([^"]*)"/g)].map(
    ([, name = ""]) => name,
  );
}

it("keep a name that occurs once, and number the others by their position", () => {
  expect(namesIn([user("report")])).toEqual(["report"]);
  expect(namesIn([user("report", "Report"), user("report", "other")])).toEqual([
    "report",
    "Report-2",
    "report-3",
    "other",
  ]);
  expect(namesIn([user("a", "a-2", "a", "a-2")])).toEqual(["a", "a-2", "a-3", "a-2-2"]);
});

it("count results of tools, and change nothing else", () => {
  const messages: Messages = [
    { role: "user", content: [{ text: "hi" }, document("a")] },
    {
      role: "user",
      content: [{ toolResult: { toolUseId: "c", status: "error", content: [document("a")] } }],
    },
  ];
  const sent = structuredClone(messages);
  Object.assign(sent, {
    1: {
      role: "user",
      content: [{ toolResult: { toolUseId: "c", status: "error", content: [document("a-2")] } }],
    },
  });
  expect(withOwnDocumentNames(messages)).toEqual(sent);
});

it("stay within 200 characters, and cost no more the more are equal", () => {
  const long = "n".repeat(200);
  const names = namesIn([user(...Array.from({ length: 20_000 }, () => long))]);
  expect(new Set(names).size).toBe(20_000);
  expect(Math.max(...names.map((name) => name.length))).toBe(200);
});
