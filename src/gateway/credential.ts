/** The session that a call is signed with. Cached ones are handed out without waiting. */
import type { Line } from "./line.ts";
import type { Credentialed, Limited } from "./types.ts";

export function credential<T extends Limited>(
  line: Line,
  call: T,
): (T & Credentialed) | Promise<T & Credentialed> {
  const session = line.broker.session(call.delegation, call.client);
  if (session instanceof Promise) return session.then((obtained) => ({ ...call, session: obtained }));
  return { ...call, session };
}
