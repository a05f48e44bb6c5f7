/** The routes of signing in and out, as the OpenAPI document and the route matrix name them. `anyone`: no role needed. */
interface SignInRoute {
  method: "GET" | "POST" | "DELETE";
  path: string;
  operationId: string;
  summary: string;
  security: [];
  responses: Record<string, { description: string }>;
}

const route = (
  method: SignInRoute["method"],
  path: string,
  operationId: string,
  summary: string,
  responses: Record<string, string>,
): SignInRoute => ({
  method,
  path,
  operationId,
  summary,
  security: [],
  responses: Object.fromEntries(
    Object.entries(responses).map(([status, description]) => [status, { description }]),
  ),
});

export const SIGN_IN: readonly SignInRoute[] = [
  route("GET", "/sign-in", "signIn.ways", "The ways to sign in.", { 200: "`{oidc: {label} | null}`." }),
  route("GET", "/session", "session.get", "Who is signed in.", {
    200: "Actor, role, end and CSRF token.",
    401: "Nobody.",
  }),
  route("POST", "/session", "session.begin", "Sign in with `{token}` or a one-time `{link}`.", {
    200: "Signed in; a cookie is set.",
    401: "Refused.",
  }),
  route("DELETE", "/session", "session.end", "Sign out.", { 204: "Signed out." }),
  route("GET", "/oidc/start", "oidc.start", "Sign in with the OpenID Connect provider.", {
    302: "To the provider.",
  }),
  route("GET", "/oidc/callback", "oidc.callback", "Where the provider sends the browser back to.", {
    303: "To the console.",
  }),
];
