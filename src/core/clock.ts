/** Time as the gateway sees it. Everything that signs, expires or records takes a Clock, so tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch, by this machine. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** `20261123T014500Z`: the form of `x-amz-date` and of credential scopes. */
export function amzDate(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}
