/** Events for operators, sent to the webhook if one is configured, and the server's own events. */
import { readFileSync } from "node:fs";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { Secret } from "../core/secret.ts";
import type { Verification } from "../core/verification.ts";
import type { ThresholdEvent } from "../limits/limiter.ts";
import { createNotifier, type Notifier } from "../notify/notifier.ts";
import { OperatorError } from "../registry/errors.ts";

export async function openNotifier(config: Config, parts: AsyncDisposableStack, log: Log): Promise<Notifier> {
  const settings = await webhookOf(config);
  if (!settings) return createNotifier(systemClock, () => undefined);
  const { openWebhook } = await import("../notify/webhook.ts");
  const webhook = parts.adopt(openWebhook(settings, systemClock, log), (opened) => opened.close());
  return createNotifier(systemClock, (event) => webhook.deliver(event));
}

/** Throws OperatorError if the secret can't be read or is malformed. */
export async function webhookOf({ webhook }: Config): Promise<{ url: string; secret: Secret } | undefined> {
  const { url, secretFile } = webhook;
  if (url === undefined || secretFile === undefined) return undefined;
  const { webhookKey } = await import("../notify/webhook.ts");
  const text = readFileSync(secretFile, "utf8").trim();
  if (webhookKey(text)) return { url, secret: new Secret(text) };
  const message = "must hold whsec_ and at least 24 bytes in base64";
  throw new OperatorError("invalid", [{ field: "webhook.secretFile", message }]);
}

export function reportBudget(notifier: Notifier, { scope, name, limit, percent }: ThresholdEvent): void {
  const words = limit.replaceAll("-", " ");
  notifier.emit("budget.threshold", `${scope}/${name}`, `${percent} % of the budget of ${words} is used.`);
}

export function reportFailure(notifier: Notifier, { delegation, probes }: Verification): void {
  const failing = probes.filter(({ status, required }) => required && status === "fail");
  const what = failing.map(({ title }) => title).join("; ");
  notifier.emit("verification.failed", `delegation/${delegation}`, `A verification failed: ${what}.`);
}
