/** A guardrail's version alone granted nothing: without the header of its identifier it vanishes. */
function renamed(table: string): string {
  return `
  UPDATE ${table} SET grants = (
    SELECT json_group_array(json_set(json_remove(granted.value, '$.headers'), '$.settings', json((
      SELECT json_group_array(name) FROM (
        SELECT CASE value
          WHEN 'x-amzn-bedrock-trace' THEN 'trace'
          WHEN 'x-amzn-bedrock-guardrailidentifier' THEN 'guardrailConfig'
          WHEN 'x-amzn-bedrock-performanceconfig-latency' THEN 'performanceConfig'
          WHEN 'x-amzn-bedrock-service-tier' THEN 'serviceTier'
          WHEN 'x-amzn-bedrock-request-metadata' THEN 'requestMetadata'
        END AS name FROM json_each(granted.value, '$.headers')
      ) WHERE name IS NOT NULL
    )))) FROM json_each(grants) AS granted
  ) WHERE grants IS NOT NULL;`;
}

/** Grants name settings, however a caller says them; they named the headers that say them. */
export const settings = ["delegation", "membership", "key"].map(renamed).join("");
