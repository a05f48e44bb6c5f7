/** The AWS roles delegated to Signet. */
import { Plus } from "lucide-react";
import { Link } from "wouter";
import type { DelegationRowView } from "../../../src/admin/views/delegations.ts";
import { Card, Empty, Failure, Loading, PageHead, State } from "../components/basics.tsx";
import { useGet, useMay } from "../components/hooks.ts";
import { ago, at } from "../format.ts";

export default function Delegations() {
  const all = useGet("GET /delegations", { query: { limit: 200 } }, 10_000);
  const may = useMay("operator");
  return (
    <>
      <PageHead
        title="Delegations"
        about="Each is one AWS role that Signet may assume with an External ID. Signet generates the External ID, and probes verify that the role requires it."
      >
        {may && (
          <Link href="/delegations/new" className="button primary">
            <Plus size={16} aria-hidden /> New delegation
          </Link>
        )}
      </PageHead>
      {all.isError && <Failure error={all.error} retry={() => void all.refetch()} />}
      {all.isPending && <Loading lines={4} />}
      {all.data && (
        <Card>
          {all.data.items.length === 0 ? (
            <Empty title="No delegations yet">
              <p>
                To set one up you need an AWS account, a choice of models, and ten minutes of the account
                owner's time.
              </p>
            </Empty>
          ) : (
            <Rows rows={all.data.items} />
          )}
        </Card>
      )}
    </>
  );
}

function Rows({ rows }: { rows: readonly DelegationRowView[] }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">Account and region</th>
            <th scope="col">External ID</th>
            <th scope="col" className="num">
              Clients
            </th>
            <th scope="col" className="num">
              Keys
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, state, account, region, verified, clients, keys }) => (
            <tr key={name}>
              <th scope="row">
                <Link href={`/delegations/${encodeURIComponent(name)}`}>{name}</Link>
              </th>
              <td>
                <State state={state} />
              </td>
              <td>
                <span className="mono">{account}</span>
                <div className="muted small">{region}</div>
              </td>
              <td>
                {verified ? (
                  <>
                    <State state={verified.verdict} />
                    <div className="muted small" title={at(verified.finishedAt)}>
                      verified {ago(verified.finishedAt)}
                    </div>
                  </>
                ) : (
                  <span className="muted">never verified</span>
                )}
              </td>
              <td className="num">{clients}</td>
              <td className="num">{keys}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
