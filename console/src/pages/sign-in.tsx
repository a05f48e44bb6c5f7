/** Signing in: by an admin token, by the provider, or by a one-time link. */
import { useEffect, useRef, useState } from "react";
import { call, OIDC_URL, signedIn, type QuestionOf } from "../api.ts";
import { Button, Failure, Field } from "../components/basics.tsx";
import { useGet } from "../components/hooks.ts";

/** The link's code, taken out of the address at once so that it stays in no history. */
function takeLink(): string | undefined {
  const [, code] = /^#\/sign-in\?link=([\w-]+)$/.exec(location.hash) ?? [];
  if (code !== undefined) history.replaceState(null, "", "/");
  return code;
}

export function SignIn({ onDone }: { onDone: () => void }) {
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const ways = useGet("GET /sign-in", {});
  const tried = useRef(false);
  const begin = async (body: QuestionOf<"POST /session">["body"]) => {
    setBusy(true);
    setError(undefined);
    try {
      signedIn(await call("POST /session", { body }));
      onDone();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    document.title = "Sign in · Signet";
    const link = tried.current ? undefined : takeLink();
    tried.current = true;
    if (link !== undefined) void begin({ link });
  });
  return (
    <main className="sign-in">
      <form
        className="card stack"
        onSubmit={(event) => {
          event.preventDefault();
          void begin({ token });
        }}
      >
        <div className="row">
          <img src="/favicon.svg" alt="" width={34} height={34} />
          <h1>Sign in to Signet</h1>
        </div>
        {error !== undefined && <Failure error={error} />}
        {ways.data?.oidc && (
          <a className="button primary" href={OIDC_URL}>
            {ways.data.oidc.label}
          </a>
        )}
        <Field
          label="Admin token"
          help={
            <>
              Made on the gateway's machine: <code>signet admin-token create NAME --role admin</code>
            </>
          }
        >
          {(props) => (
            <input
              {...props}
              type="password"
              autoComplete="current-password"
              value={token}
              onChange={({ target }) => setToken(target.value)}
              required
            />
          )}
        </Field>
        <Button type="submit" kind={ways.data?.oidc ? "plain" : "primary"} disabled={busy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
