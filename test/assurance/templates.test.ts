/**
 * Every template, read by the programs that it is for: cfn-lint, shellcheck, the AWS CLI and Terraform, the last two
 * against a mock of AWS, from which each role is read back.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import type { DelegationTemplate } from "../../src/iam/document.ts";
import { cliDeleteRolePolicy, cliPutRolePolicy, cliUpdateTrust } from "../../src/iam/render/cli.ts";
import type { TemplateFormat } from "../../src/iam/render/formats.ts";
import { renderTemplate } from "../../src/iam/render/render.ts";
import { REVOCATION_POLICY_NAME, revocationPolicy } from "../../src/iam/revocation-policy.ts";
import { delegationTemplate } from "../../src/iam/template.ts";
import { startMockAws, type MockAws, type MockRole } from "../support/mock-aws.ts";
import { installed, reportUnavailable, reportUninstalled } from "../support/programs.ts";
import { recordingAws } from "../support/recording-aws.ts";
import { DELEGATIONS } from "../support/template-table.ts";

/** Their names are odd to a shell, or their tags to a file's encoding: these scripts run as a whole, the slow way. */
const RUN_WHOLE = [
  "the scenario hostile",
  "a path of shell",
  "a name like an option",
  "tags of every character",
];

const templates = Object.entries(DELEGATIONS).map(
  ([name, delegation]) => [name, delegationTemplate(delegation)] as const,
);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "signet-templates-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes each template in that form; returns the files by what is particular about the delegation. */
function written(format: TemplateFormat, extension: string): Map<string, string> {
  return new Map(
    templates.map(([name, template], at) => {
      const file = path.join(folder, `d${at}.${extension}`);
      writeFileSync(file, renderTemplate(template, format));
      return [name, file];
    }),
  );
}

/** What the program says of these files: nothing, if all is well. */
function findings(program: string, words: string[], files: Iterable<string>): string {
  const { stdout, stderr, status, error } = spawnSync(program, [...words, ...files], { encoding: "utf8" });
  if (error) throw error;
  return status === 0 ? stdout : `${stdout}${stderr} (exit status ${status})`;
}

/** The role as the delegation wants it, as IAM gives it back. */
function wanted(template: DelegationTemplate): MockRole {
  const { roleName, rolePath, description, maxSessionDuration, trustPolicy, policyName, permissions } =
    template;
  const policies = { [policyName]: permissions };
  return { roleName, rolePath, description, maxSessionDuration, trustPolicy, policies };
}

async function expectRoles(aws: MockAws, of = templates): Promise<void> {
  const roles = await aws.roles();
  expect(roles.size).toBe(of.length);
  for (const [name, template] of of) expect(roles.get(template.roleName), name).toEqual(wanted(template));
}

it("the table has at least 60 delegations", () => {
  expect(templates.length).toBeGreaterThanOrEqual(60);
});

describe("CloudFormation templates", () => {
  it("pass cfn-lint", (context) => {
    const [program] = installed("cfn-lint");
    if (program === undefined) return reportUninstalled(context, "cfn-lint");
    // W3037: the linter's own list of actions lags behind AWS's by months.
    const options = ["--format", "parseable", "--ignore-checks", "W3037", "--"];
    expect(findings(program, options, written("cloudformation", "yaml").values())).toBe("");
  });
});

describe("scripts for the AWS CLI", () => {
  it("pass shellcheck", (context) => {
    const [program] = installed("shellcheck");
    if (program === undefined) return reportUninstalled(context, "shellcheck");
    // SC2016: single quotes keep `$` from being expanded. That is what they are for.
    expect(findings(program, ["--shell=sh", "--exclude=SC2016"], written("cli", "sh").values())).toBe("");
  });
});

/** Whether python3 has the mock and the AWS CLI. */
function hasMock(context: TestContext): boolean {
  const imports = "import moto.server, awscli.clidriver, boto3";
  const { status } = spawnSync("python3", ["-c", imports], { stdio: "ignore" });
  if (status !== 0) reportUninstalled(context, "moto or awscli");
  return status === 0;
}

async function onMock(context: TestContext, test: (aws: MockAws) => Promise<void>): Promise<void> {
  if (!hasMock(context)) return;
  const aws = await startMockAws();
  try {
    await test(aws);
  } finally {
    aws.close();
  }
}

describe("the AWS CLI, against moto", { timeout: 180_000 }, () => {
  it("creates each role as intended by the script's commands", (context) =>
    onMock(context, async (aws) => {
      const recorder = recordingAws();
      for (const [name, template] of templates)
        for (const words of recorder.callsOf(renderTemplate(template, "cli")))
          expect(await aws.cli(words), `${name}: ${words.join(" ")}`).toMatchObject({ status: 0, err: "" });
      recorder.remove();
      await expectRoles(aws);
    }));

  it("creates each role as intended by its stack, with the parameters' defaults", (context) =>
    onMock(context, async (aws) => {
      const files = written("cloudformation", "yaml");
      for (const [name, file] of files) {
        const stack = ["cloudformation", "create-stack", "--stack-name", path.parse(file).name];
        const body = ["--template-body", `file://${file}`, "--capabilities", "CAPABILITY_NAMED_IAM"];
        expect(await aws.cli([...stack, ...body]), name).toMatchObject({ status: 0, err: "" });
      }
      await expectRoles(aws);
    }));

  it("runs whole scripts, printing the role's ARN", (context) =>
    onMock(context, async (aws) => {
      const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], ...aws.env };
      const run = templates.filter(([name]) => RUN_WHOLE.includes(name));
      expect(run).toHaveLength(RUN_WHOLE.length);
      for (const [, template] of run) {
        const out = execFileSync("sh", ["-s"], {
          input: renderTemplate(template, "cli"),
          env,
          encoding: "utf8",
        });
        expect(out.trim().endsWith(`:role${template.rolePath}${template.roleName}`)).toBe(true);
      }
      await expectRoles(aws, run);
    }));

  it("changes existing roles by the commands that verification suggests", (context) =>
    onMock(context, async (aws) => {
      const recorder = recordingAws();
      const run = async (script: string) => {
        for (const words of recorder.callsOf(script))
          expect(await aws.cli(words), script).toMatchObject({ status: 0, err: "" });
      };
      const revocation = revocationPolicy(new Date(0));
      const odd = templates.filter(([name]) => /scenario| name |External ID/.test(name));
      for (const [, template] of odd) {
        const { roleName, policyName, trustPolicy, permissions } = template;
        await run(renderTemplate({ ...template, trustPolicy: { ...trustPolicy, Statement: [] } }, "cli"));
        await run(cliUpdateTrust(roleName, trustPolicy));
        await run(cliDeleteRolePolicy(roleName, policyName));
        await run(cliPutRolePolicy(roleName, policyName, permissions));
        await run(cliPutRolePolicy(roleName, REVOCATION_POLICY_NAME, revocation));
      }
      recorder.remove();
      const roles = await aws.roles();
      for (const [name, template] of odd) {
        const { policies, ...role } = wanted(template);
        const both = { ...policies, [REVOCATION_POLICY_NAME]: revocation };
        expect(roles.get(template.roleName), name).toEqual({ ...role, policies: both });
      }
    }));
});

/** Folders in which a provider may have been put for machines that don't reach the registry. */
const PROVIDERS = [
  "/usr/share/terraform/*",
  "/usr/local/share/terraform/*",
  "/opt/*",
  `${os.homedir()}/.terraform.d/*`,
];

/** One configuration with each template as a module, initialized; undefined where Terraform or its provider is missing. */
function terraformed(context: TestContext, endpoint: string): ((words: string[]) => string) | undefined {
  const [program] = installed("terraform");
  const provider = "registry.terraform.io/hashicorp/aws";
  const mirror = globSync(PROVIDERS).find((each) => existsSync(path.join(each, provider)));
  const root = path.join(folder, `terraform-${endpoint.replaceAll(/\W+/g, "-")}`);
  for (const [at, [, template]] of templates.entries()) {
    mkdirSync(path.join(root, `d${at}`), { recursive: true });
    writeFileSync(path.join(root, `d${at}`, "main.tf"), renderTemplate(template, "terraform"));
  }
  writeFileSync(
    path.join(root, "main.tf"),
    `provider "aws" {
  region                      = "us-east-1"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    iam = "${endpoint}"
  }
}
${templates.map((_, at) => `module "d${at}" {\n  source = "./d${at}"\n}\n`).join("")}`,
  );
  const run = (words: string[]) => {
    const options = { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 } as const;
    const { status, stdout, stderr } = spawnSync(program ?? "", [...words, "-no-color"], options);
    return status === 0 ? "" : `${stderr}${stdout}`;
  };
  const init = [
    "init",
    "-input=false",
    "-backend=false",
    ...(mirror === undefined ? [] : [`-plugin-dir=${mirror}`]),
  ];
  if (program !== undefined && run(init) === "") return run;
  const missing = program === undefined ? "terraform is absent" : `its provider hashicorp/aws can't be had`;
  reportUnavailable(
    context,
    `${missing}: Terraform's templates are only parsed, and their patterns held to RE2's limits`,
  );
  return undefined;
}

// Its provider is a program of 600 MB.
describe("Terraform's templates", { timeout: 300_000 }, () => {
  it("are valid", (context) => {
    const terraform = terraformed(context, "http://127.0.0.1:9");
    expect(terraform?.(["validate"]) ?? "").toBe("");
  });

  it("create each role as intended, against moto", (context) =>
    onMock(context, async (aws) => {
      const terraform = terraformed(context, aws.url);
      if (terraform === undefined) return;
      expect(terraform(["apply", "-auto-approve", "-input=false", "-parallelism=4"])).toBe("");
      await expectRoles(aws);
    }));
});
