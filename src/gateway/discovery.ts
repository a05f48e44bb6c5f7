/**
 * The models behind grants with patterns. If the caller's grants allow the list operations, Bedrock's own lists,
 * requested with the caller's session, recorded like every call, and cached for a while; a failure is not an error:
 * exact names work without it. Otherwise the catalogue's models that go on today.
 */
import { isEnded, MODELS, namesIn } from "../bedrock/catalogue.ts";
import { SignetError } from "../core/errors.ts";
import type { Operation } from "../core/operations.ts";
import { reasonOf } from "../core/reason.ts";
import type { Identity } from "../directory/directory.ts";
import { jsonOfPart } from "../protocols/translation.ts";
import { authorizeOwn } from "./authorize.ts";
import { credential } from "./credential.ts";
import { dispatch } from "./dispatch.ts";
import { end } from "./ending.ts";
import { Flight } from "./flight.ts";
import type { Discovery, Line } from "./line.ts";
import { partOf } from "./relay-whole.ts";
import { isRefused, type Authenticated, type Limited } from "./stages.ts";

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

/** `line` is called only when a list is requested. */
export function createDiscovery({ clock, log }: Pick<Line, "clock" | "log">, line: () => Line): Discovery {
  const remembered = new Map<string, Remembered>();
  const ask = async (caller: Authenticated): Promise<readonly string[]> => {
    const lists = LISTS.flatMap(({ operation, query, ids }) => {
      const call = authorizeOwn(caller, operation, query);
      return call ? [{ call, ids }] : [];
    });
    if (lists.length === 0) return catalogued(caller, clock.now());
    const answers = await Promise.all(lists.map(({ call }, i) => listed(line(), call, i + 1)));
    return answers.flatMap((answer, i) => lists[i]?.ids(answer) ?? []);
  };
  const remember = (key: string, ids: readonly string[], ms: number) => {
    remembered.set(key, { ids, until: clock.now() + ms });
    return ids;
  };

  return {
    known: (identity) => remembered.get(keyOf(identity))?.ids ?? [],
    models(caller) {
      const key = keyOf(caller);
      const known = remembered.get(key);
      if (known?.pending) return known.pending;
      if (known && known.until > clock.now()) return Promise.resolve(known.ids);
      const pending = ask(caller).then(
        (ids) => remember(key, ids, REMEMBERED_MS),
        (error: unknown) => {
          const reason = reasonOf(error);
          log.warn({ call: caller.exchange.id, reason }, "Bedrock's models can't be listed");
          return remember(key, known?.ids ?? [], RETRY_MS);
        },
      );
      remembered.set(key, { ids: known?.ids ?? [], until: 0, pending });
      return pending;
    },
  };
}

/** In the delegation's region. `now` in ms since 1970. */
function catalogued({ delegation: { region } }: Identity, now: number): string[] {
  const names = MODELS.flatMap((model) => namesIn(model, region));
  return names.filter((name) => !isEnded(name, now, region));
}

function keyOf({ delegation, client, key }: Identity): string {
  return JSON.stringify([delegation.name, delegation.region, client.name, key.id]);
}

/** One list operation, from its session to its outcome. */
async function listed(line: Line, limited: Limited, number: number): Promise<unknown> {
  const call = await credential(line, limited);
  const flight = new Flight(call, line.clock.monotonic() + LIST_MS);
  line.flights.add(flight);
  try {
    const outbound = await dispatch(line, call, { body: NOTHING, number, flight });
    if (isRefused(outbound)) {
      const { refusal } = outbound;
      end(line, outbound, flight, { kind: "refused", refusal, status: refusal.status });
      throw new SignetError("upstream_access_denied", `Bedrock refused to list: ${refusal.type}.`);
    }
    const answer = jsonOfPart(await partOf(outbound));
    end(line, outbound, flight, { kind: "complete" });
    return answer;
  } catch (thrown) {
    for (const tally of flight.tallies) tally.close("upstream_error");
    throw thrown;
  } finally {
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

function idsIn(answer: unknown, rowsField: string, field: string): string[] {
  const rows = (answer as Record<string, unknown> | null)?.[rowsField];
  if (!Array.isArray(rows)) throw new SignetError("upstream_invalid", "Bedrock's list can't be parsed.");
  return rows.flatMap((row: unknown) => {
    const id = (row as Record<string, unknown> | null)?.[field];
    return typeof id === "string" ? [id] : [];
  });
}
