/** What a trust policy allows beyond Signet's own identity under the delegation's External ID. */
import type { Delegation } from "../../core/delegation.ts";
import { refuseAllBut, requiresExactly, requiresWithin, testsOf, type Test } from "./conditions.ts";
import { externalIdFindings } from "./external-id.ts";
import { broader, shown, type Finding } from "./finding.ts";
import { covers, hasWildcard } from "./patterns.ts";
import type { ReadStatement, Written } from "./read.ts";

/** A Deny can only narrow; one for everyone may require what the statements that allow don't. */
export function lintTrust(statements: readonly ReadStatement[], delegation: Delegation): Finding[] {
  const refused = refusalsOf(statements);
  return statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) => [
      ...negations(statement),
      ...principalFindings(statement, delegation),
      ...statement.actions.flatMap((action) => actionFindings(action, delegation)),
      ...(assumes(statement)
        ? [
            ...externalIdFindings(statement, delegation, refused),
            ...surroundingFindings(statement, delegation, refused),
          ]
        : []),
    ]);
}

/** The tests of each statement that denies AssumeRole to everyone. */
function refusalsOf(statements: readonly ReadStatement[]): Test[][] {
  return statements
    .filter(({ effect, principals }) => effect === "Deny" && principals.some(isEveryone))
    .filter(assumes)
    .map(({ conditions }) => conditions);
}

function isEveryone({ type, value }: ReadStatement["principals"][number]): boolean {
  return type === "AWS" && value === "*";
}

function assumes({ effect, actions, negated }: ReadStatement): boolean {
  if (negated.includes("NotAction")) return effect === "Allow";
  return actions.some(({ value }) => covers(value.toLowerCase(), "sts:assumerole"));
}

function negations({ place, negated }: ReadStatement): Finding[] {
  const findings: Finding[] = [];
  if (negated.includes("NotPrincipal"))
    findings.push(
      broader(
        "not_principal",
        `${place}.NotPrincipal`,
        "trusts everyone else",
        "Name Signet's own user or role as Principal.",
      ),
    );
  if (negated.includes("NotAction"))
    findings.push(
      broader(
        "not_action",
        `${place}.NotAction`,
        "allows every other action",
        "Name sts:AssumeRole as Action.",
      ),
    );
  return findings;
}

/** If the statement requires Signet's own ARN of the caller, its Principal may be wide. */
function principalFindings({ principals, conditions }: ReadStatement, { trust }: Delegation): Finding[] {
  const anchors = testsOf(conditions, "aws:PrincipalArn");
  const anchored = anchors.some((test) =>
    requiresExactly(test, trust.principal === undefined ? test.values : [trust.principal]),
  );
  return principals.flatMap((principal) => {
    if (anchored && principal.type === "AWS") return [];
    const found = principalFinding(principal, trust.principal);
    return found ? [found] : [];
  });
}

const ACCOUNT = /^(?:[0-9]{12}|arn:[a-z-]+:iam::[0-9]{12}:root)$/;
const USER_OR_ROLE = /^arn:[a-z-]+:iam::[0-9]{12}:(?:user|role)\/[\w+=,.@/-]+$/;

function principalFinding(
  { type, value, place }: Written & { type: string },
  own: string | undefined,
): Finding | undefined {
  const fix = own === undefined ? "Name Signet's own user or role." : `Name ${own}.`;
  if (type === "AWS" && value === own) return undefined;
  if (type === "AWS" && hasWildcard(value))
    return broader("principal_wildcard", place, `trusts every principal that ${shown(value)} matches`, fix);
  if (type === "AWS" && ACCOUNT.test(value)) {
    const message = `trusts every user and role that the account ${shown(value)} permits`;
    return broader("principal_account", place, message, `${fix} Or also require aws:PrincipalArn.`);
  }
  if (type === "AWS" && own === undefined && USER_OR_ROLE.test(value)) return undefined;
  return broader("principal_other", place, `trusts ${shown(value)}, which is not Signet`, fix);
}

function actionFindings({ value, place }: Written, { name, session }: Delegation): Finding[] {
  const fix = `Allow the actions that \`signet policy trust ${name}\` prints.`;
  if (hasWildcard(value))
    return [broader("action_wildcard", place, `${shown(value)} allows more than is needed`, fix)];
  const needed = ["sts:AssumeRole"];
  if (Object.keys(session.tags).length > 0) needed.push("sts:TagSession");
  if (session.sourceIdentity !== undefined) needed.push("sts:SetSourceIdentity");
  if (needed.some((action) => action.toLowerCase() === value.toLowerCase())) return [];
  return [
    broader("action_beyond", place, `${shown(value)} is not needed for the delegation's sessions`, fix),
  ];
}

/** The delegation's conditions on the caller's environment, besides the External ID. */
function surroundingFindings(
  { place, conditions }: ReadStatement,
  { name, trust }: Delegation,
  refused: readonly (readonly Test[])[],
): Finding[] {
  const wanted: [key: string, values: string[]][] = [
    ["aws:PrincipalOrgID", trust.principalOrgId === undefined ? [] : [trust.principalOrgId]],
    ["aws:SourceVpc", trust.sourceVpcs],
    ["aws:SourceIp", trust.sourceIps],
  ];
  return wanted
    .filter(
      ([key, values]) =>
        values.length > 0 &&
        !testsOf(conditions, key).some((test) => requiresWithin(test, values)) &&
        !refuseAllBut(refused, key, values),
    )
    .map(([key]) =>
      broader(
        "trust_condition_missing",
        place,
        `does not require the ${key} that the delegation names`,
        `Add the condition, as \`signet policy trust ${name}\` prints it.`,
      ),
    );
}
