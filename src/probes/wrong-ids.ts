/** External IDs that a role must not accept: each would pass under one kind of condition that is too loose. */
import type { Delegation } from "../core/delegation.ts";
import { randomId } from "../core/ids.ts";

type Ids = Pick<Delegation, "externalId" | "nextExternalId" | "previousExternalId">;

/** At least one, all wrong: STS accepts 2–1,224 characters. */
export function wrongIds({ externalId: right = "", nextExternalId, previousExternalId }: Ids): string[] {
  const middle = Math.floor(right.length / 2);
  const candidates = [
    // `*`, `sgx-*`, a Null condition, a condition on something else.
    `sgx-${randomId(28)}`,
    // A pattern that begins or ends with the right one, or with a part of it.
    `${right}0`,
    `0${right}`,
    right.slice(0, -1),
    // A pattern with `?` for characters at either end or in the middle.
    replacedAt(right, 0),
    replacedAt(right, middle),
    replacedAt(right, right.length - 1),
    // StringEqualsIgnoreCase.
    right.replace(/[a-z]/gi, otherCase),
  ];
  const known = new Set([right, nextExternalId, previousExternalId]);
  return [...new Set(candidates)].filter((id) => !known.has(id) && id.length >= 2 && id.length <= 1224);
}

function replacedAt(id: string, at: number): string {
  return id.slice(0, at) + (id[at] === "0" ? "1" : "0") + id.slice(at + 1);
}

function otherCase(letter: string): string {
  return letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
}
