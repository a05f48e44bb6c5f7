/**
 * Nova Sonic: a conversation of events in both directions. What was said, in speech or text, is answered once its content
 * ends. Source: "Handling input events" and "Handling output events" in the Amazon Nova user guide; the wording of
 * refusals is unconfirmed.
 */
import { randomUUID } from "node:crypto";
import { BadEvents } from "../bedrock/signed-events.ts";
import { eventFrame, exceptionFrame } from "../bedrock/eventstream.ts";
import { tokensOf } from "../bedrock/turn.ts";

type Fields = Record<string, unknown>;

interface Content {
  role: string;
  type: string;
  text: string;
  audioBytes: number;
}

interface Conversation {
  sessionId: string;
  promptName: string | null;
  contents: Map<string, Content>;
  inputTokens: number;
  outputTokens: number;
}

/** The answer's frames, as the events come. */
export async function* converseWithSonic(events: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const talk: Conversation = {
    sessionId: randomUUID(),
    promptName: null,
    contents: new Map(),
    inputTokens: 0,
    outputTokens: 0,
  };
  let hasStarted = false;
  try {
    for await (const each of events) {
      const [name, fields] = namedEvent(each);
      if (!hasStarted && name !== "sessionStart")
        throw new BadEvents("The first event must be sessionStart.");
      hasStarted = true;
      for (const said of answerTo(name, fields, talk)) yield frameFor(said);
      if (name === "sessionEnd") return;
    }
  } catch (thrown) {
    if (!(thrown instanceof BadEvents)) throw thrown;
    yield exceptionFrame("ValidationException", thrown.message);
  }
}

function namedEvent(each: unknown): [name: string, fields: Fields] {
  const event = typeof each === "object" && each !== null && "event" in each ? each.event : undefined;
  const [named] = typeof event === "object" && event !== null ? Object.entries(event) : [];
  if (named === undefined) throw new BadEvents("An event has no name.");
  return [named[0], named[1] as Fields];
}

function answerTo(name: string, fields: Fields, talk: Conversation): object[] {
  switch (name) {
    case "sessionStart":
    case "sessionEnd":
      return [];
    case "promptStart":
      talk.promptName = String(fields["promptName"]);
      return [];
    case "contentStart":
      if (talk.promptName === null) throw new BadEvents("contentStart comes before promptStart.");
      talk.contents.set(String(fields["contentName"]), {
        role: String(fields["role"]),
        type: String(fields["type"]),
        text: "",
        audioBytes: 0,
      });
      return [];
    case "textInput":
      contentOf(fields, talk).text += String(fields["content"]);
      return [];
    case "audioInput":
      contentOf(fields, talk).audioBytes += Buffer.byteLength(String(fields["content"]), "base64");
      return [];
    case "contentEnd":
      return answered(contentOf(fields, talk), talk);
    case "promptEnd":
      return [{ completionEnd: { ...ids(talk), stopReason: "END_TURN" } }];
    default:
      throw new BadEvents(`The event ${name} is not known.`);
  }
}

function contentOf({ contentName }: Fields, { contents }: Conversation): Content {
  const found = contents.get(String(contentName));
  if (!found) throw new BadEvents("An event names content that has not started.");
  return found;
}

function ids({ sessionId, promptName }: Conversation): object {
  return { sessionId, promptName, completionId: "completion" };
}

function answered({ role, type, text, audioBytes }: Content, talk: Conversation): object[] {
  talk.inputTokens += tokensOf(text.length + audioBytes / 100);
  if (role !== "USER") return [];
  const heard = type === "AUDIO" ? `${audioBytes} bytes of speech` : text;
  const words = `You said: ${heard}`;
  talk.outputTokens += tokensOf(words.length);
  const about = { ...ids(talk), contentId: randomUUID() };
  const speech = Buffer.alloc(320).toString("base64");
  return [
    { completionStart: ids(talk) },
    { contentStart: { ...about, type: "TEXT", role: "ASSISTANT" } },
    { textOutput: { ...about, role: "ASSISTANT", content: words } },
    { contentEnd: { ...about, type: "TEXT", stopReason: "PARTIAL_TURN" } },
    { contentStart: { ...about, type: "AUDIO", role: "ASSISTANT" } },
    { audioOutput: { ...about, content: speech } },
    { contentEnd: { ...about, type: "AUDIO", stopReason: "END_TURN" } },
    { usageEvent: usageOf(talk) },
  ];
}

function usageOf(talk: Conversation): object {
  const { inputTokens, outputTokens } = talk;
  return {
    ...ids(talk),
    totalInputTokens: inputTokens,
    totalOutputTokens: outputTokens,
    totalTokens: inputTokens + outputTokens,
  };
}

function frameFor(event: object): Buffer {
  return eventFrame("chunk", { bytes: Buffer.from(JSON.stringify({ event })).toString("base64") });
}
