/** A world whose client has limits, and calls against them. */
import type { Limits } from "../../src/core/limits.ts";
import type { LimitState } from "../../src/limits/state.ts";
import { HAIKU, newWorld, type World, type WorldOptions } from "./world.ts";

/** The world's token is of a key that the gateway knows together with the limits. */
export async function limitedWorld(
  limits: Limits,
  settings: NonNullable<WorldOptions["settings"]> = {},
): Promise<World> {
  const grants = [
    { operations: ["*" as const], models: ["*"], regions: ["us-east-1"], settings: ["serviceTier" as const] },
  ];
  const world = await newWorld({ settings, grants });
  await limitClient(world, limits);
  return world;
}

/** Replaces the limits of the client; the gateway knows them once this settles. */
export async function limitClient(world: World, limits: Limits | undefined): Promise<void> {
  await world.store.clients.setLimits("app", limits);
  // The gateway reads changes in order: once it knows a key that was made later, it knows the limits.
  const { token } = await world.newKey();
  world.token = token;
}

/** The client's usage of such limits. */
export function statesOf(world: World, limits: Limits): LimitState[] {
  return world.gateway.limits({ scope: "client", name: "app", limits });
}

/** A Converse body whose answer is bounded. */
export function boundedBody(text: string, maxTokens: number): string {
  return JSON.stringify({
    messages: [{ role: "user", content: [{ text }] }],
    inferenceConfig: { maxTokens },
  });
}

/** POSTs to an operation of a model. */
export function post(
  world: World,
  body: string,
  {
    model = HAIKU,
    action = "converse",
    signal,
  }: { model?: string; action?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(`${world.gateway.url}/model/${encodeURIComponent(model)}/${action}`, {
    method: "POST",
    headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
    body,
    ...(signal && { signal }),
  });
}

/** `429 rate_limited` */
export function kindOf({ status, headers }: Response): string {
  return `${status} ${headers.get("x-signet-error")}`;
}
