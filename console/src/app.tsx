/** Who is signed in, the frame around every page, and which page is shown. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import {
  Activity,
  ChartColumn,
  KeyRound,
  LayoutDashboard,
  LogOut,
  Menu,
  Moon,
  Plug,
  ScrollText,
  Settings as Gear,
  Sun,
} from "lucide-react";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import type { WhoView } from "../../src/admin/views/access.ts";
import { ApiError, call, signedIn } from "./api.ts";
import { Button, Empty, Failure, Loading } from "./components/basics.tsx";
import { useGet, Who } from "./components/hooks.ts";
import { Overview } from "./pages/overview.tsx";
import { SignIn } from "./pages/sign-in.tsx";

const Usage = lazy(() => import("./pages/usage.tsx"));
const Audit = lazy(() => import("./pages/audit.tsx"));
const Delegations = lazy(() => import("./pages/delegations.tsx"));
const Delegation = lazy(() => import("./pages/delegation.tsx"));
const Wizard = lazy(() => import("./pages/wizard.tsx"));
const Clients = lazy(() => import("./pages/clients.tsx"));
const Client = lazy(() => import("./pages/client.tsx"));
const Connect = lazy(() => import("./pages/connect.tsx"));
const Settings = lazy(() => import("./pages/settings.tsx"));

const PAGES = [
  ["/", "Overview", LayoutDashboard],
  ["/delegations", "Delegations", Activity],
  ["/clients", "Clients and keys", KeyRound],
  ["/connect", "Connect", Plug],
  ["/usage", "Usage and cost", ChartColumn],
  ["/audit", "Audit", ScrollText],
  ["/settings", "Settings", Gear],
] as const;

export function App() {
  const session = useQuery<WhoView | null>({
    queryKey: ["session"],
    async queryFn() {
      try {
        const who = await call("GET /session", {});
        signedIn(who);
        return who;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    refetchInterval: 60_000,
  });
  if (session.isPending) return <Loading />;
  if (session.isError)
    return (
      <main className="sign-in">
        <Failure error={session.error} retry={() => void session.refetch()} />
      </main>
    );
  if (session.data === null) return <SignIn onDone={() => void session.refetch()} />;
  return (
    <Who value={session.data}>
      <Shell who={session.data}>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/" component={Overview} />
            <Route path="/delegations" component={Delegations} />
            <Route path="/delegations/new">
              <Wizard />
            </Route>
            <Route path="/delegations/:name/set-up">
              {({ name }) => <Wizard name={decodeURIComponent(name)} />}
            </Route>
            <Route path="/delegations/:name">
              {({ name }) => <Delegation name={decodeURIComponent(name)} />}
            </Route>
            <Route path="/clients" component={Clients} />
            <Route path="/clients/:name">{({ name }) => <Client name={decodeURIComponent(name)} />}</Route>
            <Route path="/connect" component={Connect} />
            <Route path="/usage" component={Usage} />
            <Route path="/audit" component={Audit} />
            <Route path="/settings" component={Settings} />
            <Route>
              <Empty title="Page not found">
                <Link href="/">Go to the overview</Link>
              </Empty>
            </Route>
          </Switch>
        </Suspense>
      </Shell>
    </Who>
  );
}

function Shell({ who, children }: { who: WhoView; children: ReactNode }) {
  const [location] = useLocation();
  const [open, setOpen] = useState(false);
  const client = useQueryClient();
  const signOut = async () => {
    await call("DELETE /session", {});
    client.clear();
    globalThis.location.assign("/");
  };
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <div className={`sidebar ${open ? "open" : ""}`}>
        <Link href="/" className="brand">
          <img src="/favicon.svg" alt="" />
          Signet
        </Link>
        <Button className="menu-button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Menu size={16} aria-hidden /> Menu
        </Button>
        <nav className="nav" aria-label="Pages">
          {PAGES.map(([path, name, Icon]) => {
            const current = path === "/" ? location === "/" : location.startsWith(path);
            return (
              <Link
                key={path}
                href={path}
                onClick={() => setOpen(false)}
                {...(current ? { "aria-current": "page" as const } : {})}
              >
                <Icon size={17} aria-hidden />
                {name}
              </Link>
            );
          })}
        </nav>
        <div className="foot small">
          <Gateway />
          <div className="break">
            <strong>{who.actor.replace(/^\w+:/, "")}</strong>
            <div className="muted">{who.role}</div>
          </div>
          <div className="row">
            <ThemeButton />
            <Button small kind="ghost" onClick={() => void signOut()}>
              <LogOut size={15} aria-hidden /> Sign out
            </Button>
          </div>
        </div>
      </div>
      <main className="main" id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** The gateway's address: all consoles look alike. */
function Gateway() {
  const { data } = useGet("GET /settings", {});
  if (!data) return null;
  return (
    <div className="break">
      <span className="muted">Gateway</span>
      <div>{data.publicUrl.replace(/^https?:\/\//, "")}</div>
    </div>
  );
}

function ThemeButton() {
  const root = document.documentElement;
  const [theme, setTheme] = useState(
    root.dataset["theme"] ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
  );
  const other = theme === "dark" ? "light" : "dark";
  const Icon = theme === "dark" ? Sun : Moon;
  return (
    <Button
      small
      kind="ghost"
      aria-label={`Use the ${other} theme`}
      onClick={() => {
        root.dataset["theme"] = other;
        localStorage.setItem("signet-theme", other);
        setTheme(other);
      }}
    >
      <Icon size={15} aria-hidden />
    </Button>
  );
}
