/**
 * The events of a request that is a stream, out of the frames that sign them: each signature covers the one before it,
 * the first the request's. Verified with AWS's own signer.
 */
import { crc32 } from "node:zlib";
import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "../sigv4/recompute.ts";

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const BINARY = 6;
const STRING = 7;
const TIMESTAMP = 8;

export interface EventSigner {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  /** The request's signature. */
  signature: string;
}

/** What is wrong with the caller's stream. */
export class BadEvents extends Error {}

interface Frame {
  headers: Map<string, { type: number; value: Buffer; raw: Buffer }>;
  payload: Buffer;
}

/** The bodies of the events, as JSON. Ends at the signed end; throws BadEvents. */
export async function* eventsIn(
  chunks: AsyncIterable<Buffer>,
  { accessKeyId, secretAccessKey, region, signature }: EventSigner,
): AsyncGenerator {
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service: "bedrock",
    sha256: Sha256,
  });
  let priorSignature = signature;
  for await (const { headers, payload } of framesIn(chunks)) {
    const date = headers.get(":date");
    const given = headers.get(":chunk-signature");
    if (date?.type !== TIMESTAMP || given?.type !== BINARY) throw new BadEvents("An event is not signed.");
    const signingDate = new Date(Number(date.value.readBigInt64BE()));
    const expected = await signer.sign({ headers: date.raw, payload }, { signingDate, priorSignature });
    if (given.value.toString("hex") !== expected)
      throw new BadEvents("The signature of an event does not match.");
    priorSignature = expected;
    if (payload.length === 0) return;
    yield jsonOf(frameOf(payload));
  }
  throw new BadEvents("The stream of events ended without its end.");
}

function jsonOf({ headers, payload }: Frame): unknown {
  const type = headers.get(":event-type")?.value.toString();
  if (headers.get(":message-type")?.value.toString() !== "event" || type !== "chunk")
    throw new BadEvents(`An event has the type ${type ?? "none"}.`);
  try {
    const { bytes } = JSON.parse(payload.toString("utf8")) as { bytes: string };
    return JSON.parse(Buffer.from(bytes, "base64").toString("utf8"));
  } catch {
    throw new BadEvents("An event is not JSON.");
  }
}

async function* framesIn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= PRELUDE_BYTES && held.length >= held.readUInt32BE(0)) {
      const length = held.readUInt32BE(0);
      yield frameOf(held.subarray(0, length));
      held = held.subarray(length);
    }
  }
}

function frameOf(bytes: Buffer): Frame {
  const end = bytes.length - CRC_BYTES;
  const isWhole = bytes.length >= PRELUDE_BYTES + CRC_BYTES && bytes.readUInt32BE(0) === bytes.length;
  if (!isWhole || crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end))
    throw new BadEvents("A frame is damaged.");
  const start = PRELUDE_BYTES + bytes.readUInt32BE(4);
  return { headers: headersIn(bytes.subarray(PRELUDE_BYTES, start)), payload: bytes.subarray(start, end) };
}

function headersIn(block: Buffer): Frame["headers"] {
  const headers: Frame["headers"] = new Map();
  for (let at = 0; at < block.length;) {
    const begin = at;
    const name = block.toString("utf8", at + 1, at + 1 + block.readUInt8(at));
    at += 1 + block.readUInt8(at);
    const type = block.readUInt8(at++);
    const isLong = type === BINARY || type === STRING;
    if (!isLong && type !== TIMESTAMP) throw new BadEvents(`A header has the type ${type}.`);
    const length = isLong ? block.readUInt16BE(at) : 8;
    if (isLong) at += 2;
    headers.set(name, {
      type,
      value: block.subarray(at, at + length),
      raw: block.subarray(begin, at + length),
    });
    at += length;
  }
  return headers;
}
