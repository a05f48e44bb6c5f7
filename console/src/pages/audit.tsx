/** The audit log: calls by search, one call's details, changes, and the state of the chain. */
import { useSearchParams } from "wouter";
import { Card, PageHead } from "../components/basics.tsx";
import { Tabs } from "../components/tabs.tsx";
import { CallSearch } from "./audit-calls.tsx";
import { Chain } from "./audit-chain.tsx";
import { Changes } from "./audit-changes.tsx";
import { Story } from "./audit-story.tsx";

const TABS = [
  ["calls", "Calls"],
  ["changes", "Changes"],
  ["chain", "Chain"],
] as const;

export default function Audit() {
  const [params, setParams] = useSearchParams();
  const [tab] = TABS.find(([id]) => id === params.get("tab")) ?? TABS[0];
  const call = params.get("call");
  if (call !== null) return <Story id={call} onBack={() => setParams(without(params, "call"))} />;
  return (
    <>
      <PageHead
        title="Audit"
        about="Every call is recorded before it is sent and after it ends, and every change with its author. The chain proves that nothing was altered."
      />
      <Tabs label="Audit" tabs={TABS} chosen={tab} onChoose={(id) => setParams({ tab: id })} />
      <Card>
        {tab === "calls" && <CallSearch />}
        {tab === "changes" && <Changes />}
        {tab === "chain" && <Chain />}
      </Card>
    </>
  );
}

/** The search that led to a call stays in the address. */
function without(params: URLSearchParams, name: string): URLSearchParams {
  const rest = new URLSearchParams(params);
  rest.delete(name);
  return rest;
}
