/** The small parts that every page is made of. */
import { AlertTriangle, CheckCircle2, Info } from "lucide-react";
import { useEffect, useRef, type ButtonHTMLAttributes, type ReactNode } from "react";
import { ApiError } from "../api.ts";

export function PageHead({
  title,
  about,
  children,
}: {
  title: string;
  about?: ReactNode;
  children?: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  // After a navigation, screen readers begin at the page's own heading.
  useEffect(() => {
    document.title = `${title} · Signet`;
    heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <div className="page-head">
      <div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {about !== undefined && <p>{about}</p>}
      </div>
      {children !== undefined && <div className="row">{children}</div>}
    </div>
  );
}

export function Card({ title, tools, children }: { title?: string; tools?: ReactNode; children: ReactNode }) {
  return (
    <section className="card">
      {(title !== undefined || tools !== undefined) && (
        <header>
          {title !== undefined && <h2>{title}</h2>}
          {tools}
        </header>
      )}
      {children}
    </section>
  );
}

type Kind = "plain" | "primary" | "danger" | "ghost";

export function Button({
  kind = "plain",
  small = false,
  className = "",
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { kind?: Kind; small?: boolean }) {
  const classes = ["button", kind === "plain" ? "" : kind, small ? "small" : "", className];
  return <button type="button" {...rest} className={classes.filter(Boolean).join(" ")} />;
}

const TONES: Record<string, string> = {
  active: "ok",
  ok: "ok",
  pass: "ok",
  on: "ok",
  pending: "warn",
  suspended: "warn",
  unknown: "warn",
  throttled: "warn",
  refused: "warn",
  expired: "bad",
  revoked: "bad",
  fail: "bad",
  running: "",
  off: "",
};

export function State({ state }: { state: string }) {
  return <span className={`badge ${TONES[state] ?? "bad"}`}>{state.replaceAll("_", " ")}</span>;
}

export function Stat({ label, value, hint }: { label: string; value: ReactNode; hint?: ReactNode }) {
  return (
    <div className="card stat">
      <dt>{label}</dt>
      <dd>
        {value}
        {hint !== undefined && <span className="hint">{hint}</span>}
      </dd>
    </div>
  );
}

export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <FactRow key={name} name={name} value={value} />
      ))}
    </dl>
  );
}

function FactRow({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

export function Notice({ tone, children }: { tone: "bad" | "warn" | "ok" | "info"; children: ReactNode }) {
  const Icon = { bad: AlertTriangle, warn: AlertTriangle, ok: CheckCircle2, info: Info }[tone];
  return (
    <div className={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon size={17} aria-hidden />
      <div className="stack-s">{children}</div>
    </div>
  );
}

/** What went wrong, and what to do about it. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const message = error instanceof Error ? error.message : "Something went wrong.";
  const problems = error instanceof ApiError ? error.problems : [];
  return (
    <Notice tone="bad">
      {problems.length > 0 ? (
        <ul>
          {problems.map(({ field, message: what }) => (
            <li key={field + what}>
              <strong>{field}</strong> {what}
            </li>
          ))}
        </ul>
      ) : (
        <p>{message}</p>
      )}
      {retry && (
        <div>
          <Button small onClick={retry}>
            Try again
          </Button>
        </div>
      )}
    </Notice>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div className="stack-s" role="status">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="skeleton" />
      ))}
    </div>
  );
}
