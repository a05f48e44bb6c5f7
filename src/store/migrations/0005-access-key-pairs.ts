/** Keys that are access-key pairs: the secret is sealed under a master key that isn't in the store. */
export const accessKeyPairs = `
  ALTER TABLE key ADD COLUMN access_key_id TEXT;
  ALTER TABLE key ADD COLUMN sealed_secret TEXT;
  CREATE UNIQUE INDEX key_access_key_id ON key (access_key_id);
`;
