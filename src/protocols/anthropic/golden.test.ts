/** Whole requests and answers, both sides of the translation: golden/*.json, and golden/*.events.json for streams. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import type { ConverseEvent, ConverseRequest, ConverseResponse } from "../../bedrock/converse.ts";
import { modelOfId } from "../../bedrock/model.ts";
import { fed, openedBy, renderedBy, requestOf } from "../fixtures.ts";
import { translationOf } from "./fixtures.ts";

interface Whole {
  name: string;
  request: object;
  /** What Bedrock is asked for. */
  model: string;
  converse: ConverseRequest;
  /** Bedrock's. */
  answer: ConverseResponse;
  response: object;
}

interface Streamed extends Pick<Whole, "name" | "request" | "model"> {
  events: ConverseEvent[];
  /** One text an event, without the blank line after it. */
  sse: string[];
}

const folder = path.join(import.meta.dirname, "golden");

function golden<T extends { name: string }>(streams: boolean): [name: string, golden: T][] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".events.json") === streams)
    .map((file) => {
      const each = JSON.parse(readFileSync(path.join(folder, file), "utf8")) as T;
      return [each.name, each];
    });
}

it.each(golden<Whole>(false))("whole: %s", (_, { request, model, converse, answer, response }) => {
  const translation = translationOf(request, modelOfId(model));
  expect(requestOf(translation)).toEqual(converse);
  expect(JSON.parse(renderedBy(translation, answer))).toEqual(response);
});

it.each(golden<Streamed>(true))("streamed: %s", (_, { request, model, events, sse }) => {
  const stream = openedBy(translationOf(request, modelOfId(model)));
  const text = fed(stream, events) + (stream.end() ?? "");
  expect(text.split("\n\n")).toEqual([...sse, ""]);
});
