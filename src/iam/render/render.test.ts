/** Templates read back by the languages' own parsers: they must match the delegation. */
import { parse } from "@cdktf/hcl2json";
import { describe, expect, it } from "vitest";
import { yamlParse } from "yaml-cfn";
import { DELEGATIONS } from "../../../test/support/template-table.ts";
import { delegationTemplate } from "../template.ts";
import { GOLDEN, SCENARIOS } from "./fixtures.ts";
import { TEMPLATE_FORMATS } from "./formats.ts";
import { parametersOf } from "./parameters.ts";
import { renderTemplate } from "./render.ts";

type Json = Record<string, unknown>;

const templates = Object.entries(SCENARIOS).map(
  ([name, delegation]) => [name, delegationTemplate(delegation)] as const,
);
/** JSON as text: the formatter would reformat a .json file. */
const extensions = { json: "json.txt", cloudformation: "yaml", terraform: "tf", cli: "sh" };

describe("a template", () => {
  it.each(Object.keys(GOLDEN).flatMap((name) => TEMPLATE_FORMATS.map((format) => [name, format] as const)))(
    "of the scenario %s, as %s, equals its golden file",
    async (name, format) => {
      const template = delegationTemplate(GOLDEN[name as keyof typeof GOLDEN]);
      const text = renderTemplate(template, format);
      await expect(text).toMatchFileSnapshot(`golden/${name}.${extensions[format]}`);
    },
  );

  it.each(templates)(
    "of the scenario %s contains no character that a tool could misread",
    (_name, template) => {
      for (const format of ["cloudformation", "terraform", "cli"] as const)
        expect(renderTemplate(template, format)).toMatch(/^[\n\x20-\x7e]*\n$/);
    },
  );

  it.each(templates)("of the scenario %s, as JSON, has all its parts", (_name, template) => {
    const { roleName, rolePath, maxSessionDuration, trustPolicy, policyName, permissions } = template;
    expect(JSON.parse(renderTemplate(template, "json"))).toEqual({
      roleName,
      rolePath,
      maxSessionDuration,
      trustPolicy,
      policyName,
      permissions,
    });
  });
});

interface Stack {
  Parameters: Record<string, { Type: string; Default: string; AllowedPattern: string }>;
  Resources: Record<string, { Type: string; Properties: Json }>;
  Outputs: Record<string, { Value: unknown }>;
}

describe("the CloudFormation template", () => {
  it.each(templates)("of the scenario %s creates exactly the role, with its policies", (_name, template) => {
    const stack = yamlParse(renderTemplate(template, "cloudformation")) as Stack;
    expect(Object.entries(stack.Resources).map(([, { Type }]) => Type)).toEqual(["AWS::IAM::Role"]);
    const [[name, { Properties }] = ["", { Properties: {} }]] = Object.entries(stack.Resources);
    expect(resolved(Properties, stack)).toEqual({
      RoleName: template.roleName,
      Path: template.rolePath,
      Description: template.description,
      MaxSessionDuration: template.maxSessionDuration,
      AssumeRolePolicyDocument: template.trustPolicy,
      Policies: [{ PolicyName: template.policyName, PolicyDocument: template.permissions }],
    });
    expect(stack.Outputs["RoleArn"]?.Value).toEqual({ "Fn::GetAtt": [name, "Arn"] });
  });

  it.each(templates)(
    "of the scenario %s has parameters that accept their own defaults",
    (_name, template) => {
      const stack = yamlParse(renderTemplate(template, "cloudformation")) as Stack;
      const refs = JSON.stringify(stack.Resources).matchAll(/"Ref":"(\w+)"/g);
      expect(Object.keys(stack.Parameters).toSorted()).toEqual(
        [...new Set([...refs].map(([, name = ""]) => name))].toSorted(),
      );
      for (const { Type, Default, AllowedPattern } of Object.values(stack.Parameters)) {
        expect(Type).toBe("String");
        expect(Default).toMatch(new RegExp(AllowedPattern));
      }
    },
  );

  it("has a parameter for each External ID during a rotation, and for Signet's identity", () => {
    const parameters = (scenario: keyof typeof SCENARIOS) =>
      Object.keys(
        (yamlParse(renderTemplate(delegationTemplate(SCENARIOS[scenario]), "cloudformation")) as Stack)
          .Parameters,
      );
    expect(parameters("plain")).toEqual(["RoleName", "ExternalId", "SignetPrincipalArn"]);
    expect(parameters("rotation")).toEqual([
      "RoleName",
      "ExternalId",
      "NextExternalId",
      "SignetPrincipalArn",
    ]);
  });
});

/** A value as CloudFormation evaluates it with the parameters' defaults. */
function resolved(value: unknown, stack: Stack): unknown {
  if (Array.isArray(value)) return value.map((each) => resolved(each, stack));
  if (typeof value !== "object" || value === null) return value;
  const [[name, argument] = ["", undefined]] = Object.entries(value);
  if (name === "Ref") return stack.Parameters[String(argument)]?.Default;
  const of = resolved(argument, stack) as [never, never];
  if (name === "Fn::Split") return (of[1] as string).split(of[0]);
  if (name === "Fn::Select") return (of[1] as string[])[of[0]];
  if (name === "Fn::Join") return (of[1] as string[]).join(of[0]);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, stack)]));
}

describe("the Terraform template", () => {
  it.each(templates)(
    "of the scenario %s creates exactly the role, with its policies",
    async (_name, template) => {
      const module = (await parse("main.tf", renderTemplate(template, "terraform"))) as {
        variable: Record<string, [{ default: string; validation: [{ condition: string }] }]>;
        resource: Record<string, { signet: [Record<string, string>] }>;
        output: unknown;
      };
      const variables = Object.fromEntries(
        Object.entries(module.variable).map(([name, [{ default: value }]]) => [name, value]),
      );
      expect(Object.keys(module.resource)).toEqual(["aws_iam_role", "aws_iam_role_policy"]);
      const role = module.resource["aws_iam_role"]!.signet[0];
      const policy = module.resource["aws_iam_role_policy"]!.signet[0];
      expect({
        ...(evaluated(role, variables) as Json),
        assume_role_policy: await encoded(role["assume_role_policy"]!, variables),
      }).toEqual({
        name: template.roleName,
        path: template.rolePath,
        description: template.description,
        max_session_duration: template.maxSessionDuration,
        assume_role_policy: template.trustPolicy,
      });
      expect(policy["name"]).toBe(template.policyName);
      expect(policy["role"]).toBe("${aws_iam_role.signet.name}");
      expect(await encoded(policy["policy"]!, variables)).toEqual(template.permissions);
      expect(module.output).toMatchObject({ role_arn: [{ value: "${aws_iam_role.signet.arn}" }] });
      for (const [name, [{ default: value, validation }]] of Object.entries(module.variable)) {
        const [, pattern = ""] = /regex\("(.*)", var\.(\w+)\)/.exec(validation[0].condition) ?? [];
        expect(value, name).toMatch(new RegExp(pattern));
      }
    },
  );
});

/** The argument of a `jsonencode(…)`. */
async function encoded(expression: string, variables: Record<string, string>): Promise<unknown> {
  const [, argument] = /^\$\{jsonencode\((.*)\)\}$/s.exec(expression) ?? [];
  const { value } = (await parse("value.tf", `value = ${argument}\n`)) as { value: unknown };
  return evaluated(value, variables);
}

/** A parsed value as Terraform evaluates it: variables get their defaults, doubled `$` and `%` are text. */
function evaluated(value: unknown, variables: Record<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => evaluated(each, variables));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [evaluated(key, variables), evaluated(each, variables)]),
    );
  if (typeof value !== "string") return value;
  const [, whole] = /^\$\{var\.(\w+)\}$/.exec(value) ?? [];
  if (whole !== undefined) return variables[whole];
  return value
    .replace(/\$\{split\(":", var\.(\w+)\)\[4\]\}/, (_, name: string) => variables[name]!.split(":")[4]!)
    .replace(/([$%])\1\{/g, "$1{");
}

/** Why RE2 refuses a pattern or reads it otherwise. Source: github.com/google/re2/wiki/Syntax. */
function problemForRe2(pattern: string): string | undefined {
  const bare = pattern.replaceAll(/\[\^?\]?(?:\\.|[^\]\\])*\]/g, "[]");
  const repeats = [...bare.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].flatMap(([, least, most]) => [least, most]);
  if (repeats.some((count) => Number(count ?? 0) > 1000)) return "a repeat above 1,000";
  if (/\(\?(?:[=!>]|<[=!])/.test(bare)) return "a look ahead or behind, or an atomic group";
  if (/\\(?:[1-9]|k[<'{])/.test(bare)) return "a reference back";
  if (/[*+?}]\+/.test(bare)) return "a possessive repeat";
  return undefined;
}

describe("a parameter's pattern", () => {
  const parameters = Object.values(DELEGATIONS).flatMap((delegation) =>
    parametersOf(delegationTemplate(delegation)),
  );

  it("is within RE2's limits, which are Terraform's, and accepts each delegation's own value", () => {
    for (const { pattern, value, name } of parameters) {
      expect(problemForRe2(pattern), `${name} ${pattern}`).toBeUndefined();
      expect(value, name).toMatch(new RegExp(pattern));
    }
  });

  it.each(["^a{2,1224}$", "^a{1001}", "a{1001,}", "a(?=b)", "(?!a)b", "(?<=a)b", "(a)\\1", "a++", "(?>a)"])(
    "such as %s would be found",
    (pattern) => expect(problemForRe2(pattern)).toBeDefined(),
  );

  it("of an External ID accepts what STS does: 2 to 1,224 characters", () => {
    const pattern = new RegExp(parameters.find(({ name }) => name === "ExternalId")?.pattern ?? "");
    const accepted = [1, 2, 1000, 1001, 1224, 1225].filter((length) => pattern.test("x".repeat(length)));
    expect(accepted).toEqual([2, 1000, 1001, 1224]);
  });
});
