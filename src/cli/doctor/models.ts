/** Granted models that end soon or have ended. */
import { ENDING_DAYS, endingsOf, endingText } from "../../registry/endings.ts";
import { ok, skipped, warning, type Check, type Finding } from "./check.ts";
import { unrevokedOf } from "./installation.ts";

export const modelsCheck: Check = {
  name: "models",
  overdue: "the disk that the store is on doesn't answer",
  async run({ stored, now }) {
    const found = await stored;
    if (found.state === "absent") return [skipped("no delegations yet")];
    if (found.state !== "read") return [skipped("the store can't be read: see its check")];
    const findings = unrevokedOf(found).flatMap((delegation): Finding[] => {
      const { name } = delegation;
      return endingsOf(delegation, found.full.get(name), { now }).map((ending) => {
        const next = ending.successor === undefined ? "another model" : ending.successor;
        return warning(
          `${name}: ${endingText(ending, now)}`,
          `grant ${next} with \`signet delegation edit ${name} --model …\`, and move its callers and aliases there`,
        );
      });
    });
    return findings.length > 0 ? findings : [ok(`no granted model ends within ${ENDING_DAYS} days`)];
  },
};
