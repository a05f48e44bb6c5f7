/** examples/signet.yaml is valid unchanged, and with each of its commented settings. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { loadConfig } from "./load.ts";

const EXAMPLE = path.resolve(import.meta.dirname, "../../examples/signet.yaml");
/** A setting in a comment: a name in camel case and a colon, alone or before a value. */
const COMMENTED = /^(?<indent> *)# (?<setting> *[a-z][A-Za-z]*:(?: \S+(?: # .*)?)?)$/gm;

it("the example configuration is valid unchanged", () => {
  const { listen, prometheus } = loadConfig({ file: EXAMPLE, env: {}, cwd: os.tmpdir() });
  expect(listen.publicUrl).toBe("https://signet.example.com");
  expect(prometheus.port).toBe(9464);
});

it("the example configuration is valid with every commented-out setting", () => {
  const cwd = mkdtempSync(path.join(os.tmpdir(), "signet-example-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const text = readFileSync(EXAMPLE, "utf8").replaceAll(COMMENTED, "$<indent>$<setting>");
  writeFileSync(path.join(cwd, "signet.yaml"), text);
  const config = loadConfig({ env: {}, cwd });
  expect(config.listen.tls?.certFile).toBe(path.join(cwd, "tls.crt"));
  expect(config.oidc.admin).toBe("signet-admins");
  expect(config.aws.endpoints.sts).toMatch(/^https:\/\/vpce-/);
  expect(String(config.aws.proxy.url)).toBe("http://proxy.example.com:3128");
  expect(config.webhook.url).toBe("https://hooks.example.com/signet");
});
