/** Read operations of other services: enough to see whether a role may do more than Bedrock. */
import type { SigningService } from "../sigv4/authorization.ts";
import { headerOf } from "../wire.ts";
import type { WireRequest } from "../wire.ts";

export type OtherService = Exclude<SigningService, "sts" | "kms" | "bedrock" | "bedrock-mantle">;

export interface OtherOperation {
  name: string;
  /** IAM's action. */
  action: string;
  format: "json" | "xml";
  /** The answer for an empty account. */
  body: string;
}

const xml = (name: string, action: string, body: string): OtherOperation => ({
  name,
  action,
  format: "xml",
  body,
});
const json = (name: string, action: string, body: object): OtherOperation => ({
  name,
  action,
  format: "json",
  body: JSON.stringify(body),
});

const OPERATIONS: Record<OtherService, { operation: OtherOperation; is: (request: WireRequest) => boolean }> =
  {
    s3: {
      operation: xml(
        "ListBuckets",
        "s3:ListAllMyBuckets",
        '<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets/></ListAllMyBucketsResult>',
      ),
      is: ({ method, path }) => method === "GET" && path === "/",
    },
    iam: {
      operation: xml(
        "ListRoles",
        "iam:ListRoles",
        "<ListRolesResponse><ListRolesResult><IsTruncated>false</IsTruncated><Roles/></ListRolesResult></ListRolesResponse>",
      ),
      is: isAction("ListRoles"),
    },
    ec2: {
      operation: xml(
        "DescribeInstances",
        "ec2:DescribeInstances",
        "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>",
      ),
      is: isAction("DescribeInstances"),
    },
    secretsmanager: {
      operation: json("ListSecrets", "secretsmanager:ListSecrets", { SecretList: [] }),
      is: isTarget("secretsmanager.ListSecrets"),
    },
    dynamodb: {
      operation: json("ListTables", "dynamodb:ListTables", { TableNames: [] }),
      is: isTarget("DynamoDB_20120810.ListTables"),
    },
    lambda: {
      operation: json("ListFunctions", "lambda:ListFunctions", { Functions: [] }),
      is: ({ method, path }) => method === "GET" && /^\/2015-03-31\/functions\/?$/.test(path),
    },
    logs: {
      operation: json("DescribeLogGroups", "logs:DescribeLogGroups", { logGroups: [] }),
      is: isTarget("Logs_20140328.DescribeLogGroups"),
    },
  };

function isAction(name: string) {
  return ({ method, body }: WireRequest) =>
    method === "POST" && new URLSearchParams(body.toString("utf8")).get("Action") === name;
}

function isTarget(name: string) {
  return (request: WireRequest) => request.method === "POST" && headerOf(request, "x-amz-target") === name;
}

/** The requested operation of the service; undefined for all others. */
export function otherOperation(service: OtherService, request: WireRequest): OtherOperation | undefined {
  const { operation, is } = OPERATIONS[service];
  return is(request) ? operation : undefined;
}
