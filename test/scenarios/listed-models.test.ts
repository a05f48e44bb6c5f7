/** Every model that a key is shown can be called with it: the sandbox serves what the catalogue lists. */
import { expect, it, onTestFinished } from "vitest";
import { CATALOGUE_VERSION } from "../../src/bedrock/catalogue.ts";
import type { Grant } from "../../src/core/delegation.ts";
import { newWorld } from "../support/world.ts";

it.each([
  ["us.anthropic.*", "us-east-1", 10],
  ["global.anthropic.*", "eu-west-1", 10],
  ["us.meta.*", "us-east-1", 3],
  ["jp.*", "ap-northeast-1", 3],
  ["qwen.*", "us-west-2", 2],
])(
  `%s in %s: all that are listed answer (catalogue ${CATALOGUE_VERSION})`,
  async (pattern, region, least) => {
    const grants: Grant[] = [{ operations: ["*"], models: [pattern], regions: [region], settings: [] }];
    const world = await newWorld({ grants, delegation: { region } });
    onTestFinished(() => world.close());
    const headers = { authorization: `Bearer ${world.token}`, "content-type": "application/json" };
    const listed = await fetch(`${world.gateway.url}/v1/models`, { headers });
    const { data } = (await listed.json()) as { data: { id: string }[] };

    const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "hi" }] }] });
    const statuses = await Promise.all(
      data.map(async ({ id }) => {
        const url = `${world.gateway.url}/model/${encodeURIComponent(id)}/converse`;
        const answer = await fetch(url, { method: "POST", headers, body });
        return [id, answer.status, answer.ok ? "" : await answer.text()];
      }),
    );

    expect(statuses.filter(([, status]) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThanOrEqual(least);
  },
);
