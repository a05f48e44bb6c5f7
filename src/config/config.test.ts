import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explainConfig, loadConfig, type ConfigSources } from "./load.ts";
import { ConfigError } from "./problems.ts";
import { SETTINGS } from "./settings.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), "signet-config-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const write = (text: string, name = "signet.yaml") => writeFileSync(path.join(cwd, name), text);
const load = (env: ConfigSources["env"] = {}) => loadConfig({ env, cwd });

function problems(env: ConfigSources["env"] = {}, sources: Partial<ConfigSources> = {}): string[] {
  try {
    loadConfig({ env, cwd, ...sources });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("the configuration", () => {
  it("needs neither file nor environment, and listens on this machine only", () => {
    expect(load()).toEqual({
      data: path.join(cwd, "signet-data"),
      listen: { host: "127.0.0.1", port: 8787 },
      admin: { host: "127.0.0.1", port: 8789 },
      oidc: { scope: "openid email profile", label: "Single sign-on", roleClaim: "groups" },
      store: { file: path.join(cwd, "signet-data/signet.db") },
      audit: {
        dir: path.join(cwd, "signet-data/audit"),
        signingKeyFile: path.join(cwd, "signet-data/audit-signing.pem"),
        segmentMiB: 64,
        checkpointRecords: 1000,
        checkpointSeconds: 60,
        reserveMiB: 4,
      },
      aws: { fips: false, dualstack: false, proxy: {}, endpoints: {} },
      verification: { intervalMinutes: 60 },
      accessKeyPairs: {},
      flashback: {},
      limits: { bodyBytes: 25_000_000, concurrentCalls: 1000, queuedCalls: 100 },
      timeouts: {
        connectSeconds: 3,
        firstByteSeconds: 120,
        unarySeconds: 3600,
        idleSeconds: 300,
        totalSeconds: 3600,
        drainSeconds: 600,
      },
      callerGone: { policy: "drain", seconds: 30, calls: 32 },
      prices: {},
      prometheus: { host: "127.0.0.1" },
      telemetry: { serviceName: "signet" },
      webhook: {},
      log: { level: "info" },
    });
  });

  it("prefers the command line to the environment to the file to the defaults, and names each value's source", () => {
    write("data: from-file\nlisten:\n  host: '::1'\n  port: 1\nlog: { level: warn }\n");
    const env = { SIGNET_LISTEN_PORT: "2", SIGNET_DATA: "from-env", SIGNET_LOG_LEVEL: "" };
    const explained = explainConfig({ env, cwd, data: "from-option" });
    const shown = explained.filter(({ path: name }) =>
      /^(data|listen\.(host|port)|log\.level|aws\.fips)$/.test(name),
    );
    expect(shown).toEqual([
      { path: "data", value: path.join(cwd, "from-option"), origin: "--data" },
      { path: "listen.host", value: "::1", origin: "signet.yaml:3" },
      { path: "listen.port", value: 2, origin: "SIGNET_LISTEN_PORT" },
      { path: "aws.fips", value: false, origin: "default" },
      { path: "log.level", value: "warn", origin: "signet.yaml:5" },
    ]);
    expect(explained).toHaveLength(SETTINGS.length);
  });

  it("reads the file named by option or by SIGNET_CONFIG, with paths relative to its folder", () => {
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), "signet-etc-"));
    writeFileSync(path.join(elsewhere, "s.yaml"), "data: here\naudit: { dir: ../log }\n");
    const file = path.join(elsewhere, "s.yaml");
    const byOption = loadConfig({ file, env: { SIGNET_CONFIG: "nowhere.yaml" }, cwd });
    expect(byOption.store.file).toBe(path.join(elsewhere, "here/signet.db"));
    expect(byOption.audit.dir).toBe(path.resolve(elsewhere, "../log"));
    expect(loadConfig({ env: { SIGNET_CONFIG: file }, cwd })).toEqual(byOption);
    rmSync(elsewhere, { recursive: true });
  });

  it("reports all problems together, each with its place", () => {
    write(GOLDEN.input);
    const env = {
      SIGNET_LOG_LEVEL: "loud",
      SIGNET_TIMEOUTS_IDLE_SECONDS: "5m",
      SIGNET_LISTEN_PROT: "1",
      AWS_USE_FIPS_ENDPOINT: "yes",
    };
    expect(problems(env).toSorted()).toEqual(GOLDEN.output.trim().split("\n").toSorted());
  });

  it("never repeats a value that it refuses (T26)", () => {
    write("aws:\n  endpoints:\n    sts: https://user:canary-7@sts.example.com\ndata: [canary-7]\n");
    const found = problems({ SIGNET_LISTEN_PORT: "canary-7", AWS_ENDPOINT_URL: "http://canary-7" });
    expect(found.length).toBeGreaterThan(2);
    expect(found.join("\n")).not.toContain("canary-7");
  });

  it("reports problems of the file itself", () => {
    expect(problems({}, { file: "gone.yaml" })).toEqual(["gone.yaml: no such file"]);
    write("listen:\n  port: 1\n port: 2\n");
    expect(problems()[0]).toMatch(/^signet\.yaml:3: /);
    write("listen: {}\nlisten: {}\n");
    expect(problems()[0]).toMatch(/^signet\.yaml:2: .*unique/);
    write("- a\n- b\n");
    expect(problems()).toEqual(["signet.yaml:1: must contain named settings (`name: value`)"]);
    write("# nothing yet\n");
    expect(load().listen.port).toBe(8787);
  });

  it("can't be changed through __proto__ or constructor (T21)", () => {
    write("__proto__:\n  listen: { port: 1 }\nconstructor: 1\nlisten:\n  __proto__: { port: 2 }\n");
    expect(problems().map((line) => line.split(": ").slice(0, 3).join(": ").split(";")[0])).toEqual(
      expect.arrayContaining([
        "signet.yaml:1: __proto__: no such setting",
        "signet.yaml:3: constructor: no such setting",
        "signet.yaml:5: listen.__proto__: no such setting",
      ]),
    );
    expect(({} as Record<string, unknown>)["listen"]).toBeUndefined();
  });
});

describe("endpoints (T28)", () => {
  it.each([
    "http://169.254.169.254",
    "http://10.0.0.1:8080",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "ftp://localhost",
    "file:///etc/passwd",
    "https://user@example.com",
    "https://example.com/path",
    "https://example.com?x=1",
    "https://example.com#x",
    "example.com",
  ])("can't be %s", (url) => {
    expect(problems({ AWS_ENDPOINT_URL_STS: url })).toHaveLength(1);
  });

  it.each([
    "https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com",
    "http://localhost:4566",
    "http://[::1]:1",
  ])("can be %s", (url) => {
    expect(load({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url }).aws.endpoints).toEqual({ bedrockRuntime: url });
  });

  it("have a common variable that a service's own variable overrides", () => {
    const env = { AWS_ENDPOINT_URL: "http://localhost:1", AWS_ENDPOINT_URL_STS: "http://localhost:2" };
    expect(load(env).aws.endpoints).toEqual({
      sts: "http://localhost:2",
      bedrockRuntime: "http://localhost:1",
      bedrock: "http://localhost:1",
      bedrockMantle: "http://localhost:1",
      kms: "http://localhost:1",
      others: "http://localhost:1",
    });
  });
});

describe("the master key of access-key pairs", () => {
  const masterKey = Buffer.alloc(32, 7).toString("base64");

  it("comes from the environment, and is redacted where settings are shown", () => {
    expect(load({ SIGNET_MASTER_KEY: masterKey }).accessKeyPairs.masterKey?.reveal()).toBe(masterKey);
    const explained = explainConfig({ env: { SIGNET_MASTER_KEY: masterKey }, cwd });
    expect(explained.find(({ path: name }) => name === "accessKeyPairs.masterKey")).toEqual({
      path: "accessKeyPairs.masterKey",
      value: "[redacted]",
      origin: "SIGNET_MASTER_KEY",
    });
    expect(JSON.stringify(load({ SIGNET_MASTER_KEY: masterKey }))).not.toContain(masterKey);
  });

  it("is refused in the file, and if it isn't 32 bytes in base64", () => {
    write(`accessKeyPairs:\n  masterKey: ${masterKey}\n`);
    expect(problems()).toEqual([
      "signet.yaml:2: accessKeyPairs.masterKey: is a secret and must not be in a settings file: set SIGNET_MASTER_KEY",
    ]);
    write("{}");
    expect(problems({ SIGNET_MASTER_KEY: "dG9vIHNob3J0" })).toEqual([
      "SIGNET_MASTER_KEY: accessKeyPairs.masterKey: must be 32 bytes in base64 (`signet master-key`)",
    ]);
  });

  it("has at most one source", () => {
    write("accessKeyPairs:\n  masterKeyFile: key\n  kmsEncryptedKeyFile: key.kms\n");
    expect(problems({ SIGNET_MASTER_KEY: masterKey })).toEqual([
      "signet.yaml:2: accessKeyPairs.masterKeyFile: only one source of the master key may be set",
      "signet.yaml:3: accessKeyPairs.kmsEncryptedKeyFile: only one source of the master key may be set",
    ]);
  });
});

describe("the HTTPS proxy", () => {
  const shown = (env: Record<string, string>) =>
    explainConfig({ env, cwd }).find(({ path: name }) => name === "aws.proxy.url");

  it("comes from the usual variables, lower case first, with or without a scheme", () => {
    expect(shown({ HTTPS_PROXY: "proxy.example.com:3128" })).toMatchObject({
      value: "http://proxy.example.com:3128",
      origin: "HTTPS_PROXY",
    });
    const both = { https_proxy: "https://lower.example.com/", HTTPS_PROXY: "http://upper.example.com" };
    expect(shown(both)).toMatchObject({ value: "https://lower.example.com", origin: "https_proxy" });
  });

  it("is never shown with its password, and may have none in the file", () => {
    const env = { HTTPS_PROXY: "http://user:hunter2@proxy.example.com:3128" };
    expect(shown(env)?.value).toBe("http://proxy.example.com:3128");
    expect(JSON.stringify(load(env))).not.toContain("hunter2");
    expect(load(env).aws.proxy.url?.reveal()).toContain("hunter2");
    write("aws:\n  proxy:\n    url: http://proxy.example.com:3128\n");
    expect(problems()).toEqual([]);
    write("aws:\n  proxy:\n    url: http://user:hunter2@proxy.example.com:3128\n");
    expect(problems()).toEqual([
      "signet.yaml:3: aws.proxy.url: is a secret and must not be in a settings file: set SIGNET_AWS_PROXY_URL or https_proxy or HTTPS_PROXY",
    ]);
  });

  it("of the whole machine can be overruled for Signet", () => {
    const env = { HTTPS_PROXY: "http://machine.example.com", NO_PROXY: ".internal" };
    const own = { SIGNET_AWS_PROXY_URL: "http://own.example.com", SIGNET_AWS_PROXY_NO_PROXY: "*" };
    expect(String(load({ ...env, ...own }).aws.proxy.url)).toBe("http://own.example.com");
    expect(load({ ...env, ...own }).aws.proxy.noProxy).toBe("*");
  });

  it("is an HTTP proxy, and what it doesn't cover is names, addresses and blocks", () => {
    expect(
      problems({ HTTPS_PROXY: "socks5://user:hunter2@proxy.example.com", NO_PROXY: "10.0.0.0/99" }),
    ).toEqual([
      expect.stringMatching(/^HTTPS_PROXY: aws\.proxy\.url: must be http:\/\/ or https:\/\/ with a host/),
      expect.stringMatching(/^NO_PROXY: aws\.proxy\.noProxy: must be names, addresses and CIDR blocks/),
    ]);
  });
});

describe("variables of an orchestrator", () => {
  it("for a service called signet are ignored", () => {
    const env = {
      SIGNET_PORT: "tcp://10.0.0.1:8787",
      SIGNET_PORT_8787_TCP: "tcp://10.0.0.1:8787",
      SIGNET_SERVICE_HOST: "10.0.0.1",
      SIGNET_SERVICE_PORT: "8787",
    };
    expect(load(env)).toEqual(load());
  });
});

describe("docs/configuration.md", () => {
  it("lists exactly the existing settings, with their defaults, variables and meanings", () => {
    const file = path.resolve(import.meta.dirname, "../../docs/configuration.md");
    if (process.env["UPDATE_DOCS"]) writeFileSync(file, withTable(readFileSync(file, "utf8")));
    const section = settingsSection(readFileSync(file, "utf8"));
    const rows = section
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    expect(rows).toEqual(expectedRows());
  });
});

function settingsSection(text: string): string {
  return text.slice(text.indexOf("## Settings"), text.indexOf("## Endpoints"));
}

function expectedRows() {
  return SETTINGS.map(({ path: name, fallback, derived, env, about }) => [
    `\`${name.join(".")}\``,
    fallback === undefined ? derived : `\`${String(fallback)}\``,
    env.map((variable) => `\`${variable}\``).join(", "),
    about,
  ]);
}

/** The page with the table as the schema says; `npm run format` aligns its columns. */
function withTable(text: string): string {
  const section = settingsSection(text);
  const rows = expectedRows().map((cells) => `| ${cells.join(" | ")} |`);
  const lines = section.split("\n");
  const first = lines.findIndex((line) => line.startsWith("| `"));
  const last = lines.findLastIndex((line) => line.startsWith("| `"));
  return text.replace(section, () =>
    [...lines.slice(0, first), ...rows, ...lines.slice(last + 1)].join("\n"),
  );
}

const GOLDEN = {
  input: `data: ""
listen:
  prot: 1
  port: 99999
  tls:
    plaintext: maybe
audit: 5
aws:
  region: mars-north-1
  endpoints:
    sts: http://sts.example.com
limits:
  bodyBytes: 1.5
frobnicate: true
`,
  output: `
signet.yaml:1: data: must name a file or a folder
signet.yaml:3: listen.prot: no such setting; did you mean port?
signet.yaml:4: listen.port: must be at most 65535
signet.yaml:5: listen.tls.certFile: is required here
signet.yaml:5: listen.tls.keyFile: is required here
signet.yaml:6: listen.tls.plaintext: must be true or false
signet.yaml:7: audit: must be a section of settings
signet.yaml:9: aws.region: must be an AWS region such as us-east-1
signet.yaml:11: aws.endpoints.sts: must begin with https:// (http:// only for this machine: localhost, 127.0.0.1, [::1])
signet.yaml:13: limits.bodyBytes: must be a whole number from 1024 to 100000000
signet.yaml:14: frobnicate: no such setting; known here: data, listen, store, admin, oidc, audit, aws, verification, accessKeyPairs, flashback, limits, timeouts, callerGone, prices, prometheus, telemetry, webhook, log
SIGNET_LOG_LEVEL: log.level: must be debug, info, warn or error
SIGNET_TIMEOUTS_IDLE_SECONDS: timeouts.idleSeconds: must be a whole number from 1 to 3600
AWS_USE_FIPS_ENDPOINT: aws.fips: must be true or false
SIGNET_LISTEN_PROT: no such variable; did you mean SIGNET_LISTEN_PORT?
`,
};
