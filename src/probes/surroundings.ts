/** The probes before any role: Signet's own credentials, whether STS can be reached, whether the clocks agree. */
import { request } from "undici";
import type { Delegation } from "../core/delegation.ts";
import { failureOf } from "./assume.ts";
import { isForeign } from "../proxy/foreign.ts";
import { ProxyError } from "../proxy/tunnel.ts";
import { fixBy, fixProxy } from "./fixes.ts";
import type { ProbeParts } from "./parts.ts";
import { passed, probed, type Finding, type Report } from "./probe.ts";
import { fixCredentials, undecided, type Refusal } from "./refused.ts";
import { networkMessage } from "./send.ts";

/** AWS refuses signatures further from its own time. Source: SigV4, "Signature Version 4 request elements". */
const REFUSED_MS = 5 * 60_000;
const NOTABLE_MS = 60_000;
const TIMEOUT_MS = 10_000;

export interface Surroundings {
  /** Signet's own ARN, as STS reports it; undefined if it is unknown. */
  identity: string | undefined;
}

export async function probeSurroundings(
  parts: ProbeParts,
  delegation: Delegation,
  report: Report,
): Promise<Surroundings> {
  const { region } = delegation;
  const origin = stsOrigin(parts, delegation);
  let date: string | undefined;
  const reached = await probed(
    report,
    { probe: "sts_reachable", title: `STS answers in ${region}`, required: true, sent: `GET ${origin}` },
    async () => {
      try {
        const headers = await headersOf(parts, origin);
        if (isForeign(headers)) return behindProxy("unknown", "a web page, which isn't STS's");
        date = String(headers["date"]);
        return passed("reachable");
      } catch (error) {
        if (error instanceof ProxyError) return behindProxy("fail", error.message);
        return unreachable(networkMessage(error), origin);
      }
    },
  );
  if (reached.status === "pass")
    await probed(
      report,
      {
        probe: "clock",
        title: "This machine's clock agrees with AWS's",
        required: true,
        sent: `GET ${origin}`,
      },
      async () => clockFinding(date, parts.clock.now()),
    );
  let identity: string | undefined;
  await probed(
    report,
    {
      probe: "base_identity",
      title: "Signet has AWS credentials of its own",
      required: true,
      sent: "sts:GetCallerIdentity",
    },
    async () => {
      try {
        identity = (await parts.source.identity(region)).arn;
        return passed(identity);
      } catch (error) {
        return identityFinding(failureOf(error), origin);
      }
    },
  );
  return { identity };
}

function stsOrigin({ aws }: ProbeParts, { region, partition }: Delegation): string {
  if (aws.endpoints.sts !== undefined) return aws.endpoints.sts;
  const suffix = partition === "aws-eusc" ? "amazonaws.eu" : "amazonaws.com";
  return `https://sts.${region}.${suffix}`;
}

function behindProxy(status: "fail" | "unknown", answer: string): Finding {
  return { status, answer, cause: "proxy", fix: fixProxy() };
}

async function headersOf({ dispatcher }: ProbeParts, origin: string) {
  const answer = await request(origin, { dispatcher, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  await answer.body.dump();
  return answer.headers;
}

function unreachable(message: string, origin: string): Finding {
  return {
    status: "fail",
    answer: message,
    cause: "network",
    fix: fixBy(
      "signet",
      `Make ${origin} reachable from this machine: check DNS, routes and firewalls; or set aws.proxy.url to an HTTPS proxy, or aws.endpoints.sts to a VPC endpoint.`,
    ),
  };
}

function clockFinding(date: string | undefined, now: number): Finding {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return { status: "unknown", answer: "STS sent no date" };
  const skew = now - theirs;
  const shown = `${Math.round(Math.abs(skew) / 1000)} s ${skew < 0 ? "behind" : "ahead"}`;
  if (Math.abs(skew) <= NOTABLE_MS) return passed(shown);
  const fix = fixBy("signet", "Synchronize this machine's clock with NTP (169.254.169.123 on EC2).");
  if (Math.abs(skew) <= REFUSED_MS)
    return { status: "pass", answer: `${shown}: AWS refuses signatures that are 5 minutes off`, fix };
  return { status: "fail", answer: shown, cause: "clock", fix };
}

function identityFinding(refusal: Refusal, origin: string): Finding {
  if (refusal.code === "NetworkError") return unreachable(refusal.message, origin);
  const failed: Finding = {
    status: "fail",
    answer: `${refusal.code}: ${refusal.message}`,
    cause: "base_credentials",
    fix: fixCredentials(),
  };
  return undecided(refusal) ?? failed;
}
