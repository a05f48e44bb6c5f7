import { getTokenProvider } from "@aws/bedrock-token-generator";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Secret } from "../core/secret.ts";
import { mintBedrockKey } from "./mint.ts";

const NOW = Date.parse("2026-11-23T08:00:00.250Z");
const HOUR = 3_600_000;

function session(expiresAt = NOW + 12 * HOUR) {
  return {
    credentials: {
      accessKeyId: "ASIAEXAMPLE",
      secretAccessKey: new Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
      sessionToken: new Secret("IQoJb3JpZ2luX2Vj+/=="),
    },
    expiresAt,
  };
}

beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

describe("a Bedrock API key", () => {
  it.each([
    ["us-east-1", 43_200],
    ["eu-central-1", 900],
    ["ap-southeast-2", 1],
  ])("for %s and %i s equals the one from AWS's token generator byte for byte", async (region, seconds) => {
    const { credentials } = session();
    const provide = getTokenProvider({
      region,
      expiresInSeconds: seconds,
      credentials: {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey.reveal(),
        sessionToken: credentials.sessionToken.reveal(),
      },
    });
    const key = mintBedrockKey(session(), { region, now: NOW, expiresInSeconds: seconds });
    expect(key.token.reveal()).toBe(await provide());
  });

  it("never outlives its session or 12 hours", () => {
    const minted = (expiresAt: number, expiresInSeconds: number) =>
      mintBedrockKey(session(expiresAt), { region: "us-east-1", now: NOW, expiresInSeconds }).expiresAt;
    const second = Math.floor(NOW / 1000) * 1000;
    expect(minted(NOW + HOUR, 43_200)).toBe(second + HOUR);
    expect(minted(Infinity, 100_000)).toBe(second + 12 * HOUR);
    expect(minted(NOW + 12 * HOUR, 60)).toBe(second + 60_000);
    expect(() => minted(NOW, 60)).toThrow(RangeError);
  });

  it("is redacted when printed (T26)", () => {
    const key = mintBedrockKey(session(), { region: "us-east-1", now: NOW, expiresInSeconds: 60 });
    expect(JSON.stringify(key) + String(key.token)).not.toContain("bedrock-api-key-");
  });
});
