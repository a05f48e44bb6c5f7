/** How much a client, a key or a delegation may use. What is omitted is not limited. */

/** What limits apply to. A call counts against its delegation, its client and its key. */
export const LIMIT_SCOPES = ["delegation", "client", "key"] as const;
export type LimitScope = (typeof LIMIT_SCOPES)[number];

/** A delegation or client by its name, a key by its id. */
export interface LimitHolder {
  scope: LimitScope;
  name: string;
}

export interface Limits {
  /** In any 60 seconds. */
  requestsPerMinute?: number;
  /** Input and output together, in any 60 seconds. */
  tokensPerMinute?: number;
  /** Concurrent calls. */
  concurrentCalls?: number;
  /** Days and months are UTC's. */
  tokensPerDay?: number;
  tokensPerMonth?: number;
  /** US dollars, by the price table. If one of these is set, a model without a price is refused. */
  costPerDay?: number;
  costPerMonth?: number;
  /** Percentage of a day's or month's budget at which callers and operators are warned; 80 by default. */
  warnAtPercent?: number;
}

export const DEFAULT_WARN_AT_PERCENT = 80;
