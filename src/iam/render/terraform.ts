/**
 * A delegation's template as Terraform: aws_iam_role with aws_iam_role_policy; the role's ARN is its output.
 * Source: the Terraform AWS provider's documentation of both resources.
 */
import type { DelegationTemplate } from "../document.ts";
import { expression, hclAttributes, hclString, hclValue } from "./hcl.ts";
import { parametersOf, trustWithReferences, type Parameter, type References } from "./parameters.ts";

export function renderTerraform(template: DelegationTemplate): string {
  const { delegation, account, permissions, policyName } = template;
  return [
    `# Delegation ${delegation}: a role in account ${account} that delegates Amazon Bedrock access to Signet.`,
    "",
    "terraform {",
    "  required_providers {",
    ...hclAttributes({ aws: { source: "hashicorp/aws" } }, "    "),
    "  }",
    "}",
    "",
    ...parametersOf(template).flatMap(variable),
    'resource "aws_iam_role" "signet" {',
    ...hclAttributes(
      {
        name: REFERENCES.parameter("RoleName"),
        path: template.rolePath,
        description: template.description,
        max_session_duration: template.maxSessionDuration,
        assume_role_policy: jsonencode(trustWithReferences(template.trustPolicy, REFERENCES)),
      },
      "  ",
    ),
    "}",
    "",
    'resource "aws_iam_role_policy" "signet" {',
    ...hclAttributes(
      { name: policyName, role: expression("aws_iam_role.signet.name"), policy: jsonencode(permissions) },
      "  ",
    ),
    "}",
    "",
    'output "role_arn" {',
    ...hclAttributes(
      { description: "The role that Signet assumes.", value: expression("aws_iam_role.signet.arn") },
      "  ",
    ),
    "}",
    "",
  ].join("\n");
}

function jsonencode(value: unknown): unknown {
  return expression(`jsonencode(${hclValue(value, "  ")})`);
}

function variable({ name, description, value, pattern, constraint }: Parameter): string[] {
  const variableName = VARIABLES[name];
  const condition = expression(`can(regex(${hclString(pattern)}, var.${variableName}))`);
  return [
    `variable "${variableName}" {`,
    ...hclAttributes({ description, type: expression("string"), default: value }, "  "),
    "",
    "  validation {",
    ...hclAttributes({ condition, error_message: `Must be: ${constraint}.` }, "    "),
    "  }",
    "}",
    "",
  ];
}

const VARIABLES: Record<Parameter["name"], string> = {
  RoleName: "role_name",
  ExternalId: "external_id",
  NextExternalId: "next_external_id",
  SignetPrincipalArn: "signet_principal_arn",
};

const REFERENCES: References = {
  parameter: (name) => expression(`var.${VARIABLES[name]}`),
  principalAccount: (partition) =>
    expression(`"arn:${partition}:iam::\${split(":", var.signet_principal_arn)[4]}:root"`),
};
