/** How much a client, a key or a delegation may use. What is left out is not limited. */

/** Whose limits they are. A call counts against all three of its own. */
export const LIMIT_SCOPES = ["delegation", "client", "key"] as const;
export type LimitScope = (typeof LIMIT_SCOPES)[number];

/** Who has limits: a delegation or client by its name, a key by its id. */
export interface LimitHolder {
  scope: LimitScope;
  name: string;
}

export interface Limits {
  /** In any 60 seconds. */
  requestsPerMinute?: number;
  /** Input and output together, in any 60 seconds. */
  tokensPerMinute?: number;
  /** Calls at once. */
  concurrentCalls?: number;
  /** Days and months are UTC's. */
  tokensPerDay?: number;
  tokensPerMonth?: number;
  /** US dollars, by the price table. A model without a price is refused where one of these is set. */
  costPerDay?: number;
  costPerMonth?: number;
  /** Percent of a day's or month's budget from which on callers and operators are warned; 80 unless given. */
  warnAtPercent?: number;
}

export const DEFAULT_WARN_AT_PERCENT = 80;
