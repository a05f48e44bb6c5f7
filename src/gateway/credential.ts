/** The session that a call is signed with. A cached one is returned synchronously. */
import { credentialedCall, withSession } from "./advance.ts";
import type { Line } from "./line.ts";
import type { Credentialed, Limited, Recorded } from "./stages.ts";

export function credential(
  { broker }: Pick<Line, "broker">,
  call: Limited,
): Credentialed | Promise<Credentialed> {
  const session = broker.session(call.delegation, call.client);
  if (session instanceof Promise) return session.then((obtained) => credentialedCall(call, obtained));
  return credentialedCall(call, session);
}

/** The session for a second attempt: a new one if the first was discarded. */
export async function renewed({ broker }: Pick<Line, "broker">, outbound: Recorded): Promise<Recorded> {
  const { delegation, client } = outbound.call;
  return withSession(outbound, await broker.session(delegation, client));
}
