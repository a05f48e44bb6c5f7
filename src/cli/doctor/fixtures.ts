/** For tests: a machine to examine, fully or by one check with real settings; findings as lines. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { generate } from "selfsigned";
import { seedDefaults, startSandbox, type Sandbox } from "../../../sandbox/index.ts";
import type { CommandOptions, Ended } from "../../../test/support/command.ts";
import { loadConfig } from "../../config/load.ts";
import { systemClock } from "../../core/clock.ts";
import type { Check, Finding } from "./check.ts";
import { survey } from "./installation.ts";

export function newFolder(): string {
  return mkdtempSync(path.join(os.tmpdir(), "signet-doctor-"));
}

/** `status | what was seen | fix`, one per finding; the data folder is `<cwd>/signet-data`. */
export async function findingsOf(
  check: Check,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<string[]> {
  const installation = survey(loadConfig({ env, cwd }), { env, clock: systemClock });
  const findings = await check.run(installation);
  await Promise.all([installation.stored, installation.sts, installation.port]);
  return findings.map(lineOf);
}

function lineOf({ status, seen, fix }: Finding): string {
  return [status, seen, fix].filter((part) => part !== undefined).join(" | ");
}

/** A new installation with the sandbox's credentials. */
export interface Machine {
  sandbox: Sandbox;
  cwd: string;
  env: Record<string, string>;
  close(): Promise<void>;
}

export async function newMachine(): Promise<Machine> {
  const sandbox = await startSandbox();
  const cwd = newFolder();
  const base = seedDefaults(sandbox);
  return {
    sandbox,
    cwd,
    env: {
      HOME: cwd,
      AWS_ACCESS_KEY_ID: base.accessKeyId,
      AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
      AWS_ENDPOINT_URL: sandbox.url,
      AWS_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
      SIGNET_LISTEN_PORT: "0",
    },
    async close() {
      await sandbox.close();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}

export interface Examined {
  status: number | null;
  ok: boolean;
  checks: (Finding & { check: string })[];
  /** The findings of one check, as lines. */
  of(name: string): string[];
}

/** The report of `signet doctor` on a machine, with some environment variables changed. */
export async function examined(
  signet: (line: string, options: CommandOptions) => Promise<Ended>,
  { cwd, env }: Machine,
  change: Record<string, string> = {},
): Promise<Examined> {
  const { out, status } = await signet("doctor --json", { cwd, env: { ...env, ...change } });
  const report = JSON.parse(out) as Pick<Examined, "ok" | "checks">;
  const of = (name: string) => report.checks.filter(({ check }) => check === name).map(lineOf);
  return { ...report, status, of };
}

export interface CertificateFiles {
  SIGNET_TLS_CERT_FILE: string;
  SIGNET_TLS_KEY_FILE: string;
}

export function certificateFiles(folder: string): CertificateFiles {
  return {
    SIGNET_TLS_CERT_FILE: path.join(folder, "cert.pem"),
    SIGNET_TLS_KEY_FILE: path.join(folder, "key.pem"),
  };
}

const DAY_MS = 86_400_000;

/** Creates a certificate and its key, valid from and to this many days from now, for signet.example.com. */
export async function certify(files: CertificateFiles, fromDays: number, toDays: number): Promise<void> {
  const now = systemClock.now();
  const { cert, private: key } = await generate([{ name: "commonName", value: "signet.example.com" }], {
    notBeforeDate: new Date(now + fromDays * DAY_MS),
    notAfterDate: new Date(now + toDays * DAY_MS),
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "signet.example.com" }] }],
  });
  writeFileSync(files.SIGNET_TLS_CERT_FILE, cert);
  writeFileSync(files.SIGNET_TLS_KEY_FILE, key);
}
