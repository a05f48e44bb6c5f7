/** The console in a real browser, against a real gateway and the sandbox, used as an operator would. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, Page } from "playwright-core";
import type { DelegationTemplate } from "../../src/iam/document.ts";
import { startAdminFor, type Admin } from "../support/admin.ts";
import { ABSENT, BROWSERS, launch, seriousFindings } from "../support/browser.ts";
import { newVerification } from "../../src/store/contract.ts";
import { converseBody } from "../support/http.ts";
import { HAIKU, newWorld, until, type World } from "../support/world.ts";

const ACCOUNT = "444455556666";
let world: World;
let admin: Admin;
let browser: Browser;

it.each(ABSENT)("Chromium is absent: apt-get install chromium, or set CHROMIUM to its path (%s)", (named) => {
  process.stderr.write("WARNING: without Chromium the console is not tested in a browser.\n");
  expect(named).toBe("none named");
});

/** What the wizard offers in us-east-1. */
const PICKED = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

describe.each(BROWSERS)("in %s", () => {
  beforeAll(async () => {
    world = await newWorld();
    admin = await startAdminFor(world);
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await admin.close();
    await world.close();
  });

  interface Look {
    colorScheme: "light" | "dark";
    width: number;
  }

  /** A page that fails the test on any script error and on any request to another server. */
  async function open({ colorScheme, width }: Look): Promise<{ page: Page; wrong: string[] }> {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 900 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    const wrong: string[] = [];
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("console", (message) => {
      if (/Content.Security|Refused/i.test(message.text())) wrong.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(admin.url) && !/^(?:data|blob):/.test(request.url()))
        wrong.push(request.url());
    });
    return { page, wrong };
  }

  async function signedIn(look: Look) {
    const opened = await open(look);
    const code = admin.listener.links.create({ actor: "demo", role: "admin" });
    await opened.page.goto(`${admin.url}/#/sign-in?link=${code}`);
    await opened.page.getByRole("heading", { name: "Overview" }).waitFor();
    return opened;
  }

  const call = (secret: string, model = HAIKU) =>
    fetch(`${world.gateway.url}/model/${encodeURIComponent(model)}/converse`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: converseBody("hello"),
    });

  describe.each([
    { colorScheme: "light", width: 1280, name: "acme-light" },
    { colorScheme: "dark", width: 1100, name: "acme-dark" },
  ] as const)("in the $colorScheme theme", ({ name, ...look }) => {
    it("an operator signs in with a token, sets up a delegation (fixing a failed probe on the way), and issues, uses, watches and revokes a key", async () => {
      const { page, wrong } = await open(look);
      await page.goto(admin.url);
      await page.getByLabel("Admin token").fill("sga_wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").waitFor();
      await page.getByLabel("Admin token").fill(await admin.token("admin"));
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Overview" }).waitFor();

      await page.getByRole("link", { name: "Delegations" }).click();
      await page.getByRole("link", { name: "New delegation" }).click();
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByLabel("AWS account").fill("12");
      await page.getByLabel(`Claude Haiku 4.5 ${PICKED}`).check();
      await page.getByRole("button", { name: "Create and get the template" }).click();
      await page.getByText("AWS account must be an AWS account: 12 digits").waitFor();
      await page.getByLabel("AWS account").fill(ACCOUNT);
      await page.getByRole("button", { name: "Create and get the template" }).click();

      await page.getByRole("heading", { name: "Give this to the account owner" }).waitFor();
      await page.getByRole("tab", { name: "JSON" }).click();
      const text = await page.getByRole("region", { name: "Template, json" }).textContent();
      const template = JSON.parse(text ?? "") as DelegationTemplate;
      // The owner forgets the condition.
      const Statement = template.trustPolicy.Statement.map(({ Condition: _left, ...rest }) => rest);
      const { arn } = world.sandbox.iam.createRole({
        account: ACCOUNT,
        roleName: template.roleName,
        trustPolicy: { ...template.trustPolicy, Statement },
        inlinePolicies: { [template.policyName]: template.permissions },
        maxSessionDuration: template.maxSessionDuration,
      });
      expect(await page.getByLabel("ARN of the created role").inputValue()).toBe(arn);
      await page.getByRole("button", { name: "The role exists: continue" }).click();
      await page.getByRole("button", { name: "Run the probes" }).click();
      await page.getByText("Not verified.").waitFor();
      await page.getByText("Likely cause: external id", { exact: false }).first().waitFor();
      const fix = await page.getByRole("region", { name: "Policy that fixes it" }).first().textContent();
      world.sandbox.iam.updateTrust({ roleArn: arn, trustPolicy: JSON.parse(fix ?? "") as object });
      await page.getByRole("button", { name: "Verify again" }).click();
      await page.getByRole("heading", { name: `${name} is active` }).waitFor();

      await page.getByRole("link", { name: "Add a client" }).click();
      await page.getByRole("dialog").getByLabel("Name").fill(`${name}-app`);
      await page.getByRole("button", { name: "Add the client" }).click();
      await page.getByRole("button", { name: "Issue a key" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Issue the key" }).click();
      const secret = (await page.getByRole("region", { name: "Secret" }).textContent()) ?? "";
      await page.getByRole("button", { name: "Copy" }).click();
      expect(await page.evaluate("navigator.clipboard.readText()")).toBe(secret);
      await page.getByRole("button", { name: "I have stored it" }).click();

      await page.getByRole("link", { name: "Overview" }).click();
      await page.getByText("Calls appear here as they end.").waitFor();
      const answer = await until(async () => {
        const tried = await call(secret, PICKED);
        return tried.status === 200 ? tried : undefined;
      });
      const live = page.getByRole("table", { name: "Calls as they end" });
      await live.getByText(`${name}-app`).first().waitFor();
      await live.getByRole("link").first().click();
      await page.getByRole("heading", { name: "Call details" }).waitFor();
      await page.getByText(`intent, record`).waitFor();
      await page.getByRole("button", { name: "Back to the calls" }).click();
      await page.getByLabel("Text").fill(answer.headers.get("x-signet-request-id") ?? "");
      await page.getByRole("table", { name: "Calls found" }).getByText(`${name}-app`).waitFor();
      await page.getByRole("link", { name: "Usage and cost" }).click();
      await page.getByRole("rowheader", { name: `${name}-app` }).waitFor();

      await page.getByRole("link", { name: "Clients and keys" }).click();
      await page
        .getByRole("link", { name: `${name}-app` })
        .first()
        .click();
      await page.getByRole("button", { name: "Revoke", exact: true }).click();
      await page.getByRole("dialog").getByText("are refused, and its running calls are cut off").waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
      await page.getByRole("cell", { name: "revoked" }).waitFor();
      await until(async () => ((await call(secret, PICKED)).status === 403 ? true : undefined));
      await page.getByRole("link", { name: "Audit", exact: true }).click();
      await page.getByRole("tab", { name: "Changes" }).click();
      await page.getByText("key.revoke").first().waitFor();
      expect(wrong).toEqual([]);
      await page.context().close();
    });
  });

  const PAGES = [
    ["/", "Overview"],
    ["/delegations", "Delegations"],
    ["/delegations/team-a", "team-a"],
    ["/delegations/new", "New delegation"],
    ["/clients", "Clients and keys"],
    ["/clients/app", "app"],
    ["/connect", "Connect"],
    ["/usage", "Usage and cost"],
    ["/audit", "Audit"],
    ["/settings", "Settings"],
  ] as const;

  describe.each([
    { colorScheme: "light", width: 1280 },
    { colorScheme: "dark", width: 390 },
  ] as const)("every page ($colorScheme, $width wide)", (look) => {
    it("has no serious accessibility findings and nothing wider than the screen", async () => {
      const { page, wrong } = await signedIn(look);
      for (const [path, heading] of PAGES) {
        await page.goto(admin.url + path);
        await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
        expect([path, await seriousFindings(page)]).toEqual([path, []]);
        const overflow = (await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        )) as number;
        expect([path, overflow]).toEqual([path, 0]);
      }
      expect(wrong).toEqual([]);
      await page.context().close();
    });
  });

  describe("as time passes", () => {
    it("live calls, and the search that a call was found by, stay on the page", async () => {
      const { page } = await signedIn({ colorScheme: "light", width: 1280 });
      await page.clock.install();
      await page.goto(admin.url);
      await page.getByText("Calls appear here as they end.").waitFor();
      const live = page.getByRole("table", { name: "Calls as they end" });
      await until(async () => {
        expect((await call(world.token)).status).toBe(200);
        return (await live.count()) > 0 ? true : undefined;
      });
      const shown = await live.elementHandle();
      for (let look = 0; look < 3; look++) {
        const answered = page.waitForResponse((response) => response.url().includes("/api/v1/overview"));
        await page.clock.fastForward(11_000);
        await answered;
      }
      expect(await shown?.isVisible()).toBe(true);

      await page.goto(`${admin.url}/audit?client=app&when=24h`);
      await page.getByRole("table", { name: "Calls found" }).getByRole("link").first().click();
      await page.getByRole("button", { name: "Back to the calls" }).click();
      await page.getByRole("table", { name: "Calls found" }).waitFor();
      expect(new URL(page.url()).search).toBe("?client=app&when=24h");
      await page.context().close();
    });
  });

  describe("a granted model that ends", () => {
    it("is shown on the overview and on its delegation's page, with the day and what to do", async () => {
      const endsAt = Date.now() + 20 * 86_400_000;
      const ending = { model: HAIKU.replace(/^us\./, ""), legacy: true, endsAt };
      await world.store.verifications.put(
        newVerification({ delegation: "team-a", lifecycles: [ending], finishedAt: Date.now() }),
      );
      expect((await call(world.token)).status).toBe(200);
      const { page, wrong } = await signedIn({ colorScheme: "light", width: 390 });
      const notice = page.getByRole("status").filter({ hasText: "Granted models end" });
      await until(async () => {
        await page.goto(admin.url);
        await page.getByRole("heading", { name: "Overview" }).waitFor();
        return (await notice.getByText(HAIKU).count()) > 0 ? true : undefined;
      });
      const day = new Date(endsAt).toISOString().slice(0, 10);
      await notice.getByText(`ends on ${day}`, { exact: false }).waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await notice.getByRole("link", { name: "team-a" }).click();
      await page.getByRole("heading", { name: "team-a", level: 1 }).waitFor();
      await notice.getByText("by the account's own list", { exact: false }).waitFor();
      expect(wrong).toEqual([]);
      await page.context().close();
    });
  });

  describe("usage", () => {
    it("drills down from a client to its models, stays in the address, and is saved as a table", async () => {
      const { page } = await signedIn({ colorScheme: "light", width: 1280 });
      expect((await call(world.token)).status).toBe(200);
      const client = page.getByRole("rowheader").getByRole("link", { name: "app", exact: true });
      await until(async () => {
        await page.goto(`${admin.url}/usage?period=1h`);
        await page.getByText(/By client|No calls in this period/).waitFor();
        return (await client.count()) > 0 ? true : undefined;
      });
      await client.click();
      await page.getByRole("rowheader", { name: HAIKU }).waitFor();
      expect(new URL(page.url()).search).toBe("?period=1h&by=model&client=app");
      const saved = page.waitForEvent("download");
      await page.getByRole("button", { name: "CSV" }).click();
      const table = await readFile(await (await saved).path(), "utf8");
      expect(table.split("\r\n")[0]).toContain("model,calls,failed,refused,input_tokens");
      expect(table).toContain(`\r\n${HAIKU},`);
      await page.getByRole("button", { name: "Client: app" }).click();
      await page.waitForURL((url) => url.search === "?period=1h&by=model");
      await page.context().close();
    });
  });

  describe("the keyboard", () => {
    it("reaches the link to the content first, stays inside dialogs and closes them", async () => {
      const { page } = await signedIn({ colorScheme: "light", width: 1280 });
      await page.goto(`${admin.url}/clients`);
      await page.getByRole("heading", { name: "Clients and keys" }).waitFor();
      const first = await page.evaluate("document.querySelector('a[href], button, input').textContent");
      expect(first).toContain("Skip to content");
      await page.getByRole("button", { name: "New client" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      for (let at = 0; at < 8; at++) {
        await page.keyboard.press("Tab");
        const inside = await page.evaluate(
          "document.activeElement === document.body || document.querySelector('dialog[open]').contains(document.activeElement)",
        );
        expect(inside).toBe(true);
      }
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await page.context().close();
    });
  });

  describe("roles", () => {
    it("a viewer sees everything and is offered no change", async () => {
      const { page } = await open({ colorScheme: "light", width: 1280 });
      const code = admin.listener.links.create({ actor: "look", role: "viewer" });
      await page.goto(`${admin.url}/#/sign-in?link=${code}`);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      expect(page.url()).not.toContain(code);
      await page.goto(`${admin.url}/delegations/team-a`);
      await page.getByRole("heading", { name: "Grants" }).waitFor();
      for (const action of ["Revoke", "Suspend", "Rotate External ID", "Change"])
        expect(await page.getByRole("button", { name: action }).count()).toBe(0);
      await page.goto(`${admin.url}/#/sign-in?link=${code}`);
      await page.context().close();
    });
  });

  describe("T6, T7: another site", () => {
    it("can neither reach the console by DNS rebinding nor act with its cookie", async () => {
      const port = new URL(admin.url).port;
      const rebound = await launch([`--host-resolver-rules=MAP evil.example 127.0.0.1`]);
      const page = await rebound.newPage();
      const answer = await page.goto(`http://evil.example:${port}/`);
      expect(answer?.status()).toBe(421);
      await rebound.close();

      const { page: own } = await signedIn({ colorScheme: "light", width: 1280 });
      const before = (await world.store.delegations.get("team-a"))?.state;
      const attacker = await own.context().newPage();
      await attacker.route("http://attacker.example/", (route) =>
        route.fulfill({
          contentType: "text/html",
          body: `<form method="post" action="${admin.url}/api/v1/delegations/team-a/suspend" enctype="text/plain"><input name="{" value="}"></form>`,
        }),
      );
      await attacker.goto("http://attacker.example/");
      const posted = attacker.waitForResponse((response) => response.url().endsWith("/suspend"));
      await attacker.evaluate("document.forms[0].submit()");
      expect((await posted).status()).toBe(403);
      expect((await world.store.delegations.get("team-a"))?.state).toBe(before);
      await own.context().close();
    });
  });
});
