/** What signing in with an OpenID Connect provider takes: authorization code with PKCE; a claim decides the role. */
import type { Role } from "../core/admin.ts";

export interface Oidc {
  /** On the sign-in button. */
  readonly label: string;
  /** Where to send the browser, and what its cookie must bring back. */
  begin(): Promise<{ url: string; state: string }>;
  /** Who came back. Throws AdminError where the provider's answer isn't to be trusted or gives no role. */
  finish(url: string, state: string | undefined): Promise<{ actor: string; role: Role }>;
}
