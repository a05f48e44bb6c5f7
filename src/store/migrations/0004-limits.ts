/** Limits of delegations, clients and keys: JSON, null where there are none. */
export const limits = `
  ALTER TABLE delegation ADD COLUMN limits TEXT;
  ALTER TABLE client ADD COLUMN limits TEXT;
  ALTER TABLE key ADD COLUMN limits TEXT;
`;
