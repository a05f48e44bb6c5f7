/** A change to a delegation, a client or a key, as the audit log records it. */
export interface Change {
  /** Random, so that a change that reaches the log twice can be recognized. */
  id: string;
  /** Epoch milliseconds. */
  at: number;
  /** `cli:alice`, `signet:verify`. */
  actor: string;
  /** `delegation.create`, `key.revoke`. */
  action: string;
  /** `delegation/acme`, `client/app`, `key/3fQ0zJk81LmX`. */
  subject: string;
  /** The fields that differ, without secrets and digests. Null if there was nothing before. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
  reason?: string;
}
