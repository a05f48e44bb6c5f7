/** What a probe suggests is called `fix` in reports of verifications; it was `mend`. */
export const fixes = `
  UPDATE verification SET report = json_set(report, '$.probes', json((
    SELECT json_group_array(json(
      CASE WHEN json_type(value, '$.mend') IS NULL THEN value
      ELSE json_set(json_remove(value, '$.mend'), '$.fix', json(json_extract(value, '$.mend'))) END
    )) FROM json_each(report, '$.probes'))));
`;
