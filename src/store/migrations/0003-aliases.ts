/** The names that callers may use for models, by delegation. */
export const aliases = `
  ALTER TABLE delegation ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]';
`;
