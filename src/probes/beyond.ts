/** Read-only calls outside Bedrock, which a delegated role must deny: the probes of `--deep`. */
import type { Credentials } from "../core/credentials.ts";
import type { Delegation } from "../core/delegation.ts";
import { mustDeny } from "./denial.ts";
import type { ProbeParts } from "./parts.ts";
import { probed, type Report } from "./probe.ts";
import { send, type ProbeRequest } from "./send.ts";

interface Outside {
  /** IAM's action. */
  action: string;
  service: string;
  /** Without a region: global services are signed for us-east-1 in the commercial partition. */
  global?: true;
  call: Pick<ProbeRequest, "method" | "path" | "headers" | "body">;
}

const form = (body: string): Outside["call"] => ({
  method: "POST",
  path: "/",
  headers: [["content-type", "application/x-www-form-urlencoded"]],
  body,
});
const target = (name: string, type: string): Outside["call"] => ({
  method: "POST",
  path: "/",
  headers: [
    ["content-type", type],
    ["x-amz-target", name],
  ],
  body: "{}",
});

/** Each in its service's own protocol. Source: the services' API references. */
const OUTSIDE: readonly Outside[] = [
  { action: "s3:ListAllMyBuckets", service: "s3", call: { method: "GET", path: "/" } },
  {
    action: "iam:ListRoles",
    service: "iam",
    global: true,
    call: form("Action=ListRoles&Version=2010-05-08&MaxItems=1"),
  },
  {
    action: "ec2:DescribeInstances",
    service: "ec2",
    call: form("Action=DescribeInstances&Version=2016-11-15&MaxResults=5"),
  },
  {
    action: "secretsmanager:ListSecrets",
    service: "secretsmanager",
    call: target("secretsmanager.ListSecrets", "application/x-amz-json-1.1"),
  },
  {
    action: "dynamodb:ListTables",
    service: "dynamodb",
    call: target("DynamoDB_20120810.ListTables", "application/x-amz-json-1.0"),
  },
  {
    action: "lambda:ListFunctions",
    service: "lambda",
    call: { method: "GET", path: "/2015-03-31/functions/" },
  },
  {
    action: "logs:DescribeLogGroups",
    service: "logs",
    call: target("Logs_20140328.DescribeLogGroups", "application/x-amz-json-1.1"),
  },
];

const GLOBAL: Record<string, { region: string; host: string }> = {
  aws: { region: "us-east-1", host: "iam.amazonaws.com" },
  "aws-us-gov": { region: "us-gov-west-1", host: "iam.us-gov.amazonaws.com" },
  "aws-eusc": { region: "eusc-de-east-1", host: "iam.eusc-de-east-1.amazonaws.eu" },
};

export async function probeBeyond(
  parts: ProbeParts,
  { delegation, session }: { delegation: Delegation; session: Credentials },
  report: Report,
): Promise<void> {
  for (const { action, service, global, call } of OUTSIDE) {
    const place = placeOf(parts, delegation, service, global === true);
    await probed(
      report,
      {
        probe: `beyond:${action}`,
        title: `${action} is denied`,
        required: true,
        sent: `${action} at ${place.origin}`,
      },
      async () => mustDeny(await send(parts, session, { ...place, service, ...call }), delegation, action),
    );
  }
}

function placeOf({ aws }: ProbeParts, delegation: Delegation, service: string, global: boolean) {
  const { partition, region } = delegation;
  const at = global ? GLOBAL[partition] : undefined;
  const suffix = partition === "aws-eusc" ? "amazonaws.eu" : "amazonaws.com";
  const host = at?.host ?? `${service}.${region}.${suffix}`;
  return { origin: aws.endpoints.others ?? `https://${host}`, region: at?.region ?? region };
}
