/**
 * What Bedrock lists, for grants that name patterns: asked for with the caller's own session, only where its grants
 * allow the list operations, recorded like every call, and remembered for a while. Failing to is no error: exact names
 * work without.
 */
import { SignetError } from "../core/errors.ts";
import type { Operation } from "../core/operations.ts";
import { canonicalPath } from "../core/paths.ts";
import { reasonOf } from "../core/reason.ts";
import { jsonOfPart } from "../protocols/translation.ts";
import { isGranted } from "./authorize.ts";
import { credential } from "./credential.ts";
import type { Identity } from "../directory/directory.ts";
import { dispatch } from "./dispatch.ts";
import { Flight } from "./flight.ts";
import { UNCOUNTED } from "../limits/limiter.ts";
import type { Discovery, Line } from "./line.ts";
import { partOf } from "./relay-whole.ts";
import { outcomeOf, type Tally } from "./tally.ts";
import type { Authenticated, Target } from "./types.ts";

const REMEMBERED_MS = 10 * 60_000;
const RETRY_MS = 30_000;
/** Claude Code gives up on a list of models after three seconds. */
const LIST_MS = 2_000;
const NOTHING = Buffer.alloc(0);

interface Remembered {
  ids: readonly string[];
  until: number;
  pending?: Promise<readonly string[]>;
}

/** `line` is read only once something is asked. */
export function createDiscovery({ clock, log }: Pick<Line, "clock" | "log">, line: () => Line): Discovery {
  const remembered = new Map<string, Remembered>();
  const ask = async (call: Authenticated): Promise<readonly string[]> => {
    const lists = LISTS.filter(({ operation }) => isGranted(call, targetOf(operation, call)));
    if (lists.length === 0) return [];
    const answers = await Promise.all(
      lists.map(({ operation }, i) =>
        listing(line(), { call, target: targetOf(operation, call), number: i + 1 }),
      ),
    );
    return answers.flatMap((answer, i) => lists[i]?.ids(answer) ?? []);
  };

  return {
    known: (identity) => remembered.get(keyOf(identity))?.ids ?? [],
    models(call) {
      const key = keyOf(call);
      const known = remembered.get(key);
      if (known?.pending) return known.pending;
      if (known && known.until > clock.now()) return Promise.resolve(known.ids);
      const pending = ask(call).then(
        (ids) => {
          remembered.set(key, { ids, until: clock.now() + REMEMBERED_MS });
          return ids;
        },
        (error: unknown) => {
          log.warn({ call: call.exchange.id, reason: reasonOf(error) }, "Bedrock's models can't be listed");
          const ids = known?.ids ?? [];
          remembered.set(key, { ids, until: clock.now() + RETRY_MS });
          return ids;
        },
      );
      remembered.set(key, { ids: known?.ids ?? [], until: 0, pending });
      return pending;
    },
  };
}

function keyOf({ delegation, client, key }: Identity): string {
  return JSON.stringify([delegation.name, delegation.region, client.name, key.id]);
}

/** One list operation, from its session to its outcome. */
async function listing(
  line: Line,
  { call, target, number }: { call: Authenticated; target: Target; number: number },
): Promise<unknown> {
  const credentialed = await credential(line, {
    ...call,
    body: NOTHING,
    target,
    asked: null,
    outboundHeaders: [["accept", "application/json"]],
    outboundBodies: [NOTHING],
    answering: null,
    price: undefined,
    reservation: UNCOUNTED,
    shares: [],
  });
  const flight = new Flight(call, performance.now() + LIST_MS);
  line.flights.add(flight);
  let open: Tally | undefined;
  try {
    const onOpen = (tally: Tally) => void (open = tally);
    const sent = await dispatch(line, credentialed, { body: NOTHING, number, flight, onOpen });
    const part = await partOf(sent);
    if (part) return jsonOfPart(part);
    const { refusal } = sent.forwarded;
    open?.close(outcomeOf(refusal?.status ?? 0, refusal?.type ?? ""));
    throw new SignetError("upstream_access_denied", `Bedrock refused to list: ${refusal?.type}.`);
  } catch (thrown) {
    open?.close("upstream_error");
    throw thrown;
  } finally {
    open?.close("ok");
    line.flights.remove(flight);
  }
}

const LISTS: readonly { operation: Operation; query: string; ids: (answer: unknown) => string[] }[] = [
  {
    operation: "ListInferenceProfiles",
    query: "maxResults=1000",
    ids: (answer) => idsIn(answer, "inferenceProfileSummaries", "inferenceProfileId"),
  },
  {
    operation: "ListFoundationModels",
    query: "byInferenceType=ON_DEMAND",
    ids: (answer) => idsIn(answer, "modelSummaries", "modelId"),
  },
];

function targetOf(operation: Operation, { delegation }: Identity): Target {
  const query = LISTS.find((each) => each.operation === operation)?.query ?? "";
  return {
    operation,
    service: "bedrock",
    method: "GET",
    path: canonicalPath(operation, []),
    query,
    region: delegation.region,
    subject: null,
    arn: null,
  };
}

function idsIn(answer: unknown, rowsField: string, field: string): string[] {
  const rows = (answer as Record<string, unknown> | null)?.[rowsField];
  if (!Array.isArray(rows)) throw new SignetError("upstream_invalid", "Bedrock's list can't be understood.");
  return rows.flatMap((row: unknown) => {
    const id = (row as Record<string, unknown> | null)?.[field];
    return typeof id === "string" ? [id] : [];
  });
}
