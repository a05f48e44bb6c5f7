/**
 * Signing in with an OpenID Connect provider: authorization code with PKCE, state and nonce; a claim of the ID token
 * decides the role. The provider is discovered at the first sign-in, so it may be down when Signet starts.
 */
import * as openid from "openid-client";
import { ROLES, type Role } from "../core/admin.ts";
import type { WallClock } from "../core/clock.ts";
import { reasonOf } from "../core/reason.ts";
import type { Secret } from "../core/secret.ts";
import { AdminError } from "./errors.ts";

export interface Oidc {
  /** The sign-in button's label. */
  readonly label: string;
  /** Where to send the browser, and what its cookie must bring back. */
  begin(): Promise<{ url: string; state: string }>;
  /** Who signed in. Throws AdminError if the provider's answer can't be trusted or gives no role. */
  finish(url: string, state: string | undefined): Promise<{ actor: string; role: Role }>;
}

export interface OidcSettings {
  issuer: string;
  clientId: string;
  clientSecret?: Secret;
  scope: string;
  label: string;
  roleClaim: string;
  /** The claim's value for each role. */
  roles: Record<Role, string | undefined>;
}

/** Where browsers reach the console. */
export interface OidcParts {
  redirectBase: string;
  clock: WallClock;
}

interface Begun {
  verifier: string;
  nonce: string;
  expiresAt: number;
}

const PATIENCE_MS = 10 * 60_000;
/** Unfinished sign-ins; the oldest are dropped first. */
const MOST = 1_000;

export function createOidc(settings: OidcSettings, { redirectBase, clock }: OidcParts): Oidc {
  const redirectUri = `${redirectBase}/api/v1/oidc/callback`;
  const begun = new Map<string, Begun>();
  let provider: Promise<openid.Configuration> | undefined;
  const discovered = () => {
    provider ??= discover(settings).catch((thrown: unknown) => {
      provider = undefined;
      throw new AdminError(
        "unavailable",
        `The OpenID Connect provider can't be reached: ${reasonOf(thrown)}`,
      );
    });
    return provider;
  };
  return {
    label: settings.label,

    async begin() {
      const config = await discovered();
      const verifier = openid.randomPKCECodeVerifier();
      const state = openid.randomState();
      const nonce = openid.randomNonce();
      const [oldest] = begun.keys();
      if (begun.size >= MOST && oldest !== undefined) begun.delete(oldest);
      begun.set(state, { verifier, nonce, expiresAt: clock.now() + PATIENCE_MS });
      const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: settings.scope,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state,
        nonce,
      });
      return { url: url.href, state };
    },

    async finish(url, state) {
      const known = state === undefined ? undefined : begun.get(state);
      if (state !== undefined) begun.delete(state);
      if (!known || known.expiresAt <= clock.now())
        throw refused("the sign-in was not started in this browser");
      const config = await discovered();
      const came = new URL(redirectUri);
      came.search = new URL(url).search;
      const tokens = await openid
        .authorizationCodeGrant(config, came, {
          pkceCodeVerifier: known.verifier,
          expectedState: state ?? "",
          expectedNonce: known.nonce,
          idTokenExpected: true,
        })
        .catch((thrown: unknown) => {
          throw refused(reasonOf(thrown));
        });
      return personOf(tokens.claims() ?? {}, settings);
    },
  };
}

function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<openid.Configuration> {
  const insecure = new URL(issuer).protocol === "http:";
  return openid.discovery(new URL(issuer), clientId, clientSecret?.reveal(), undefined, {
    timeout: 10,
    // Only providers on this machine may use plain HTTP: see the configuration.
    ...(insecure && { execute: [openid.allowInsecureRequests] }),
  });
}

function personOf(
  claims: Readonly<Record<string, unknown>>,
  { roleClaim, roles }: OidcSettings,
): { actor: string; role: Role } {
  const claim = Object.hasOwn(claims, roleClaim) ? claims[roleClaim] : undefined;
  const values: unknown[] = Array.isArray(claim) ? claim : [claim];
  const role = ROLES.findLast((each) => roles[each] !== undefined && values.includes(roles[each]));
  const { email, email_verified: verified, sub } = claims;
  const name = typeof email === "string" && verified !== false ? email : String(sub);
  if (!role)
    throw new AdminError("forbidden", `The provider assigns ${name} no role in Signet (claim ${roleClaim}).`);
  return { actor: `oidc:${name.slice(0, 128)}`, role };
}

function refused(why: string): AdminError {
  return new AdminError("unauthenticated", `The sign-in could not be completed: ${why}`);
}
