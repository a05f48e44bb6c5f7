/** The delegation's whole life: rotation of External IDs, what the role asks for, revoked clients, verifications. */
export const delegationLife = `
  ALTER TABLE delegation ADD COLUMN next_external_id TEXT;
  ALTER TABLE delegation ADD COLUMN previous_external_id TEXT;
  ALTER TABLE delegation ADD COLUMN trust TEXT NOT NULL
    DEFAULT '{"byPrincipalArn":false,"sourceIps":[],"sourceVpcs":[]}';
  ALTER TABLE delegation ADD COLUMN role TEXT NOT NULL DEFAULT '{"bedrockApiKeys":false}';
  ALTER TABLE delegation ADD COLUMN state_reason TEXT;
  CREATE UNIQUE INDEX delegation_next_external_id ON delegation (next_external_id);

  ALTER TABLE client ADD COLUMN revoked_at INTEGER;

  CREATE TABLE verification (
    delegation TEXT NOT NULL REFERENCES delegation (name),
    scope      TEXT NOT NULL CHECK (scope IN ('full', 'enforcement')),
    at         INTEGER NOT NULL,
    report     TEXT NOT NULL,
    PRIMARY KEY (delegation, scope)
  ) STRICT;

  CREATE TABLE change (
    id       TEXT PRIMARY KEY NOT NULL,
    at       INTEGER NOT NULL,
    content  TEXT NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX change_order ON change (revision, at);

  CREATE TABLE flashback_connection (
    ai_llm_id    TEXT PRIMARY KEY NOT NULL,
    name         TEXT NOT NULL,
    ai_type      TEXT NOT NULL,
    endpoint     TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    platform_url TEXT NOT NULL,
    key          TEXT NOT NULL REFERENCES key (id),
    created_at   INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX flashback_connection_key ON flashback_connection (key);
`;
