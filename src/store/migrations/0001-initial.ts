/** The first schema: delegations, clients, their membership, keys. */
export const initial = `
  CREATE TABLE revision (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    value    INTEGER NOT NULL
  ) STRICT;
  INSERT INTO revision VALUES (1, 0);

  CREATE TABLE delegation (
    name           TEXT PRIMARY KEY NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('pending', 'active', 'suspended', 'revoked')),
    account        TEXT NOT NULL,
    partition      TEXT NOT NULL,
    role_arn       TEXT,
    external_id    TEXT UNIQUE,
    region         TEXT NOT NULL,
    grants         TEXT NOT NULL,
    session        TEXT NOT NULL,
    record_content INTEGER NOT NULL CHECK (record_content IN (0, 1)),
    created_at     INTEGER NOT NULL,
    revision       INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX delegation_revision ON delegation (revision);

  CREATE TABLE client (
    name       TEXT PRIMARY KEY NOT NULL,
    created_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX client_revision ON client (revision);

  CREATE TABLE membership (
    client     TEXT NOT NULL REFERENCES client (name),
    delegation TEXT NOT NULL REFERENCES delegation (name),
    grants     TEXT,
    PRIMARY KEY (client, delegation)
  ) STRICT;

  CREATE TABLE key (
    id           TEXT PRIMARY KEY NOT NULL,
    client       TEXT NOT NULL,
    delegation   TEXT NOT NULL,
    grants       TEXT,
    digest       TEXT NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    rotated_from TEXT REFERENCES key (id),
    revision     INTEGER NOT NULL,
    FOREIGN KEY (client, delegation) REFERENCES membership (client, delegation)
  ) STRICT;
  CREATE INDEX key_revision ON key (revision);
  CREATE INDEX key_membership ON key (client, delegation);
`;
