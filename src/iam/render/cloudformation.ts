/**
 * A delegation's template as CloudFormation: one AWS::IAM::Role. Its ARN, all that Signet needs, is the stack's output.
 * Source: the CloudFormation template reference, `AWS::IAM::Role`.
 */
import type { DelegationTemplate } from "../document.ts";
import { parametersOf, trustWithReferences, type Parameter, type References } from "./parameters.ts";
import { yamlDocument } from "./yaml.ts";

const ROLE = "DelegatedRole";

/** It names the role, so its stack needs CAPABILITY_NAMED_IAM. */
export function renderCloudFormation(template: DelegationTemplate): string {
  const { delegation, account, partition, region } = template;
  return yamlDocument({
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `${template.description}. For account ${account}.`,
    Metadata: { Signet: { Delegation: delegation, Account: account, Partition: partition, Region: region } },
    Parameters: Object.fromEntries(parametersOf(template).map((entry) => [entry.name, parameter(entry)])),
    Resources: { [ROLE]: role(template) },
    Outputs: {
      RoleArn: { Description: "The role that Signet assumes.", Value: { "Fn::GetAtt": [ROLE, "Arn"] } },
    },
  });
}

function parameter({ description, value, pattern, constraint }: Parameter) {
  return {
    Type: "String",
    Description: description,
    Default: value,
    AllowedPattern: pattern,
    ConstraintDescription: constraint,
  };
}

function role(template: DelegationTemplate) {
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: REFERENCES.parameter("RoleName"),
      Path: template.rolePath,
      Description: template.description,
      MaxSessionDuration: template.maxSessionDuration,
      AssumeRolePolicyDocument: trustWithReferences(template.trustPolicy, REFERENCES),
      Policies: [{ PolicyName: template.policyName, PolicyDocument: template.permissions }],
    },
  };
}

const REFERENCES: References = {
  parameter: (name) => ({ Ref: name }),
  principalAccount: (partition) => {
    const account = { "Fn::Select": [4, { "Fn::Split": [":", { Ref: "SignetPrincipalArn" }] }] };
    return { "Fn::Join": ["", [`arn:${partition}:iam::`, account, ":root"]] };
  },
};
