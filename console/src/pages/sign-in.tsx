/** Signing in: by an admin token, by the provider, or by a one-time link. */
import { useEffect, useRef, useState } from "react";
import { call, OIDC_URL, signedIn, type QuestionOf } from "../api.ts";
import { Button, Failure } from "../components/basics.tsx";
import { Form, TextField } from "../components/form.tsx";
import { useAction, useGet } from "../components/hooks.ts";

/** The link's code, removed from the address at once so that it isn't kept in the history. */
function takeLink(): string | undefined {
  const [, code] = /^#\/sign-in\?link=([\w-]+)$/.exec(location.hash) ?? [];
  if (code !== undefined) history.replaceState(null, "", "/");
  return code;
}

export function SignIn({ onDone }: { onDone: () => void }) {
  const [token, setToken] = useState("");
  const { busy, error, run } = useAction();
  const ways = useGet("GET /sign-in", {});
  const tried = useRef(false);
  const begin = async (body: QuestionOf<"POST /session">["body"]) => {
    const who = await run(() => call("POST /session", { body }));
    if (!who) return;
    signedIn(who);
    onDone();
  };
  useEffect(() => {
    document.title = "Sign in · Signet";
    const link = tried.current ? undefined : takeLink();
    tried.current = true;
    if (link !== undefined) void begin({ link });
  });
  return (
    <main className="sign-in">
      <Form className="card stack" onSubmit={() => begin({ token })}>
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
        <TextField
          label="Admin token"
          help={
            <>
              Create one on the gateway's machine: <code>signet admin-token create NAME --role admin</code>
            </>
          }
          type="password"
          autoComplete="current-password"
          value={token}
          onChange={setToken}
          required
        />
        <Button type="submit" kind={ways.data?.oidc ? "plain" : "primary"} disabled={busy}>
          Sign in
        </Button>
      </Form>
    </main>
  );
}
