/** `signet models` as the real program. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signet } from "../../test/support/command.ts";
import type { CatalogueModelView } from "../admin/views/models.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), "signet-models-"));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = (line: string) => signet(line, { cwd, env: {} });

async function listed(line: string): Promise<CatalogueModelView[]> {
  const { status, out, err } = await run(`${line} --json`);
  expect([status, err]).toEqual([0, ""]);
  return JSON.parse(out) as CatalogueModelView[];
}

describe("signet models", () => {
  it("needs no store, and lists what hasn't ended; --all lists the rest", async () => {
    const [alive, all] = [await listed("models"), await listed("models --all")];
    expect(alive.length).toBeGreaterThan(50);
    expect(alive.filter(({ ended }) => ended)).toEqual([]);
    expect(all.filter(({ ended }) => ended).map(({ id }) => id)).toContain(
      "anthropic.claude-3-haiku-20240307-v1:0",
    );
  });

  it("shows a line for each: profiles, kind, limits, what it takes, and its end", async () => {
    const { out } = await run("models --all --provider anthropic");
    const [heading = "", ...lines] = out.trimEnd().split("\n");
    expect(heading).toMatch(/^MODEL +PROFILES +KIND +INPUT +OUTPUT +TAKES +ENDS$/);
    const line = lines.find((each) => each.startsWith("anthropic.claude-sonnet-4-20250514-v1:0 "));
    expect(line).toMatch(/ apac,eu,global,us +document\+image\+text → text +[0-9]+[kM] +64k +tools forced /);
    expect(line).toMatch(/ count .* ended 2026-10-14, then anthropic\.claude-sonnet-5$/);
  });

  it("selects by vendor, geography and region", async () => {
    const providers = new Set(
      (await listed("models --provider cohere --all")).map(({ provider }) => provider),
    );
    expect([...providers]).toEqual(["cohere"]);
    const indian = await listed("models --geography in");
    expect(indian.map(({ id }) => id)).toContain("moonshotai.kimi-k3");
    expect(indian.every(({ profiles }) => profiles.some((id) => id.startsWith("in.")))).toBe(true);
    const zurich = (await listed("models --region eu-central-2")).map(({ id }) => id);
    expect(zurich).toContain("anthropic.claude-opus-5-5");
    expect(zurich).not.toContain("meta.llama3-3-70b-instruct-v1:0");
  });

  it("takes filters in upper or lower case, and says what there is where nothing matches", async () => {
    expect(await listed("models --provider Cohere")).toEqual(await listed("models --provider cohere"));
    const { status, out, err } = await run("models --provider acme --geography Us");
    expect([status, out]).toEqual([0, ""]);
    expect(err).toMatch(/^no model matches; --provider: ai21, .*anthropic.*\n$/);
    expect((await run("models --geography xx")).err).toMatch(/; --geography: apac, .*us, us-gov\n$/);
    expect(JSON.parse((await run("prices COHERE.embed-v4 --json")).out)).not.toEqual([]);
    expect((await run("prices nosuch")).err).toMatch(/^no price is known for models with nosuch in their/);
  });

  it("are warned of when a delegation is made whose regions can call none of them", async () => {
    const role = "--role-arn arn:aws:iam::111122223333:role/signet --region us-east-1";
    const { status, err } = await run(`delegation create tokyo ${role} --model 'jp.*' --model 'us.*'`);
    expect(status).toBe(0);
    expect(err).toContain(
      "nothing that jp.* names can be called from the granted regions, only from: ap-north",
    );
    expect(err).not.toContain("nothing that us.* names");
  });

  it("with --delegation lists what it grants, and refuses one that doesn't exist", async () => {
    const role = "--role-arn arn:aws:iam::111122223333:role/signet --region us-east-1";
    const created = await run(
      `delegation create acme ${role} --model 'us.amazon.nova-*' --model cohere.embed-v4:0`,
    );
    expect(created.status).toBe(0);
    const granted = await listed("models --delegation acme --all");
    expect(granted.length).toBeGreaterThan(3);
    expect(granted.every(({ id }) => /^amazon\.nova-|^cohere\.embed-v4:0$/.test(id))).toBe(true);
    const none = await run("models --delegation nobody");
    expect([none.status, none.err]).toEqual([1, expect.stringContaining("nobody")]);
  });

  it("takes days with and without a unit, and nothing else", async () => {
    const soon = await listed("models --ending 60d");
    expect(soon.length).toBeGreaterThan(5);
    expect(await listed("models --ending 60")).toEqual(soon);
    const wrong = await run("models --ending soon");
    expect([wrong.status, wrong.err]).toEqual([2, expect.stringContaining("a number of days, such as 60d")]);
  });
});
