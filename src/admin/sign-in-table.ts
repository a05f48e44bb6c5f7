/** The routes of signing in and out, for callers, the OpenAPI document and the route matrix. They need no role. */
import { z } from "zod";
import type { Route } from "./route.ts";
import { waysView, whoView } from "./views/access.ts";

export interface SignInRoute extends Omit<Route, "result"> {
  /** The result of status 200. Without one, the answer is for the browser itself. */
  result?: z.ZodType;
  /** What each status means. */
  responses: Record<number, string>;
}

export const signInForm = z.union(
  [z.strictObject({ token: z.string().max(200) }), z.strictObject({ link: z.string().max(200) })],
  "must be {token} or {link}",
);

const SIGN_IN_TABLE = [
  {
    id: "signIn.ways",
    method: "GET",
    path: "/sign-in",
    summary: "List the ways to sign in.",
    result: waysView,
    responses: { 200: "OpenID Connect, if configured." },
  },
  {
    id: "session.get",
    method: "GET",
    path: "/session",
    summary: "Show who is signed in.",
    result: whoView,
    responses: { 200: "Actor, role, expiry and CSRF token.", 401: "Not signed in." },
  },
  {
    id: "session.begin",
    method: "POST",
    path: "/session",
    summary: "Sign in with `{token}` or a one-time `{link}`.",
    body: signInForm,
    result: whoView,
    responses: { 200: "Signed in; a cookie is set.", 401: "Refused." },
  },
  {
    id: "session.end",
    method: "DELETE",
    path: "/session",
    summary: "Sign out.",
    result: z.undefined(),
    responses: { 204: "Signed out." },
  },
  {
    id: "oidc.start",
    method: "GET",
    path: "/oidc/start",
    summary: "Sign in with the OpenID Connect provider.",
    responses: { 302: "To the provider." },
  },
  {
    id: "oidc.callback",
    method: "GET",
    path: "/oidc/callback",
    summary: "Redirect target of the provider.",
    responses: { 303: "To the console." },
  },
] as const satisfies readonly SignInRoute[];

export const SIGN_IN: readonly SignInRoute[] = SIGN_IN_TABLE;

/** The routes that answer with JSON. */
export type SignIn = Extract<(typeof SIGN_IN_TABLE)[number], Route>;
