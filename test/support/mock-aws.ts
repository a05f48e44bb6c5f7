/** A mock of AWS's IAM and CloudFormation (moto) and the AWS CLI, both real programs of others: mock-aws.py. */
import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

export interface CliAnswer {
  status: number;
  out: string;
  err: string;
}

/** A role as IAM gives it back. */
export interface MockRole {
  roleName: string;
  rolePath: string;
  description: string;
  maxSessionDuration: number;
  trustPolicy: unknown;
  policies: Record<string, unknown>;
}

export interface MockAws {
  url: string;
  /** For programs that call it. */
  env: Record<string, string>;
  /** Runs the AWS CLI with these words. */
  cli(words: string[]): Promise<CliAnswer>;
  /** All roles, by name. */
  roles(): Promise<Map<string, MockRole>>;
  reset(): Promise<void>;
  close(): void;
}

export async function startMockAws(): Promise<MockAws> {
  const credentials = {
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "mock",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const child = spawn("python3", [path.join(import.meta.dirname, "mock-aws.py")], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...credentials },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error("mock-aws.py has ended: see its own message above");
    return value;
  };
  const ask = async (request: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await line());
  };
  const url = `http://127.0.0.1:${await line()}`;
  return {
    url,
    env: { ...credentials, AWS_ENDPOINT_URL: url },
    cli: async (words) => (await ask({ cli: words })) as CliAnswer,
    roles: async () => {
      const roles = (await ask({ roles: true })) as MockRole[];
      return new Map(roles.map((role) => [role.roleName, role]));
    },
    reset: async () => void (await ask({ reset: true })),
    close: () => child.stdin.end(),
  };
}
