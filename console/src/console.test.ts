/** The console's pure parts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesOf } from "./api.ts";
import { runs, stacked, steps } from "./charts/scale.ts";
import { csvOf } from "./csv.ts";
import { flashbackFields } from "./pages/snippets.ts";

describe("the lines of a stream", () => {
  it("are whole however the stream is cut", async () => {
    const text = fc.array(
      fc.string({ unit: "grapheme", maxLength: 20 }).map((each) => each.replaceAll("\n", "")),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (lines, size) => {
        const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
            controller.close();
          },
        });
        expect(await Array.fromAsync(linesOf(stream))).toEqual(lines);
      }),
    );
  });
});

describe("charts", () => {
  it("have a few round steps that reach the largest value", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (max) => {
        const marks = steps(max);
        expect(marks[0]).toBe(0);
        expect(marks.at(-1)).toBeGreaterThanOrEqual(max * (1 - 1e-9));
        expect(marks.length).toBeLessThanOrEqual(6);
      }),
    );
  });

  it("stack each series where the one below ends", () => {
    expect(
      stacked([
        [1, 2],
        [3, 4],
      ]),
    ).toEqual([
      [
        { from: 0, to: 1 },
        { from: 0, to: 2 },
      ],
      [
        { from: 1, to: 4 },
        { from: 2, to: 6 },
      ],
    ]);
  });
});

it("a CSV file contains no formulas", () => {
  expect(csvOf([["=1+1", 'a"b', "c,d", null, 1]])).toBe(`'=1+1,"a""b","c,d",,1\r\n`);
});

it("Flashback's fields are the documented ones, with an API Key for AWS only", () => {
  const endpoint = {
    url: "https://s",
    region: "r",
    model: "m",
    secret: "x",
    accessKeyId: "id",
    secretAccessKey: "sk",
  };
  expect(flashbackFields("OPENAI", endpoint)).toEqual([
    { field: "AI LLM Type", value: "OPENAI" },
    { field: "API Endpoint", value: "https://s/v1" },
    { field: "API Secret", value: "x" },
  ]);
  expect(flashbackFields("AWS", endpoint).slice(1)).toEqual([
    { field: "API Endpoint", value: "https://s" },
    { field: "API Secret", value: "sk" },
    { field: "API Key", value: "id" },
  ]);
});

it("a line is interrupted where values are missing", () => {
  expect(runs([null, 1, 2, null, 0, null])).toEqual([
    { start: 1, values: [1, 2] },
    { start: 4, values: [0] },
  ]);
});
