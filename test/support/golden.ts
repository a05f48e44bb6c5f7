/**
 * Recorded requests and answers, both sides of a translation: `golden/*.json`, and `golden/*.events.json` for streams.
 * `UPDATE_GOLDEN=1` writes the code's result for each, to be reviewed before it is committed.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import type { ConverseEvent, ConverseRequest, ConverseResponse } from "../../src/bedrock/converse.ts";
import { modelOfId, type Model } from "../../src/bedrock/model.ts";
import { fed, openedBy, renderedBy, requestOf } from "../../src/protocols/fixtures.ts";
import type { Translation } from "../../src/protocols/translation.ts";

interface Case {
  name: string;
  request: object;
  /** The request to Bedrock. */
  model: string;
}

interface Whole extends Case {
  converse: ConverseRequest;
  /** Bedrock's. */
  answer: ConverseResponse;
  response: object;
}

interface Streamed extends Case {
  events: ConverseEvent[];
  /** One text per event, without the blank line after it. */
  sse: string[];
}

export function testGolden(
  folder: string,
  translate: (request: object, model: Model, streaming: boolean) => Translation,
): void {
  it.each(files<Whole>(folder, false))("whole: %s", (_, file, golden) => {
    const translation = translate(golden.request, modelOfId(golden.model), false);
    const made = {
      converse: requestOf(translation),
      response: JSON.parse(renderedBy(translation, golden.answer)) as object,
    };
    if (process.env["UPDATE_GOLDEN"]) return write(file, { ...golden, ...made });
    expect(made).toEqual({ converse: golden.converse, response: golden.response });
  });

  it.each(files<Streamed>(folder, true))("streamed: %s", (_, file, golden) => {
    const stream = openedBy(translate(golden.request, modelOfId(golden.model), true));
    const text = fed(stream, golden.events) + (stream.end() ?? "");
    const sse = text.replace(/\n\n$/, "").split("\n\n");
    if (process.env["UPDATE_GOLDEN"]) return write(file, { ...golden, sse });
    expect(text).toBe(golden.sse.map((each) => `${each}\n\n`).join(""));
  });
}

function files<T extends Case>(folder: string, streams: boolean): [name: string, file: string, golden: T][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".events.json") === streams)
    .map((name) => {
      const file = path.join(folder, name);
      const golden = JSON.parse(readFileSync(file, "utf8")) as T;
      return [golden.name, file, golden];
    });
}

function write(file: string, golden: object): void {
  writeFileSync(file, `${JSON.stringify(golden, null, 2)}\n`);
}
