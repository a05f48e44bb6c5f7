/** The listener's TLS: certificate and key match, are valid for a while, and name the host that callers use. */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { Config } from "../../config/schema.ts";
import { systemReasonOf } from "../../core/reason.ts";
import { failed, ok, warning, type Check, type Finding } from "./check.ts";

const DAY_MS = 86_400_000;
const RENEW_DAYS = 30;
const RENEW = "renew it, put it in listen.tls.certFile and restart Signet";

export const tlsCheck: Check = {
  name: "TLS",
  overdue: "the disk of listen.tls.certFile doesn't answer",
  async run({ config: { listen }, now }) {
    const { tls } = listen;
    if (!tls) return [withoutTls(listen)];
    const certificate = await read("listen.tls.certFile", tls.certFile, (pem) => new X509Certificate(pem));
    const key = await read("listen.tls.keyFile", tls.keyFile, (pem) => createPrivateKey(pem));
    const unread = [certificate, key].filter(isFinding);
    if (isFinding(certificate) || isFinding(key)) return unread;
    return [
      ...matchFindings(certificate, key),
      expiryFinding(certificate, now),
      ...nameFindings(certificate, listen.publicUrl),
      ...plaintextFindings(listen),
    ];
  },
};

function withoutTls({ host, publicUrl }: Config["listen"]): Finding {
  if (isLoopback(host)) return ok("none; only this machine can connect");
  const seen = publicUrl?.startsWith("https:")
    ? `none on ${host}: secrets travel in plain text between ${new URL(publicUrl).host} and Signet`
    : `none on ${host}: secrets travel in plain text`;
  return warning(
    seen,
    "set listen.tls.certFile and keyFile, or listen on 127.0.0.1 behind a proxy that terminates TLS",
  );
}

async function read<T>(setting: string, file: string, parse: (pem: Buffer) => T): Promise<T | Finding> {
  try {
    return parse(await readFile(file));
  } catch (error) {
    return failed(
      `${file}: ${systemReasonOf(error)}`,
      `${setting} must name a PEM file that Signet's user can read`,
    );
  }
}

function isFinding(found: X509Certificate | KeyObject | Finding): found is Finding {
  return "seen" in found;
}

function matchFindings(certificate: X509Certificate, key: KeyObject): Finding[] {
  if (certificate.checkPrivateKey(key)) return [];
  return [
    failed(
      "the private key doesn't belong to the certificate",
      "listen.tls.keyFile must be the key of the first certificate in certFile",
    ),
  ];
}

function expiryFinding(certificate: X509Certificate, now: number): Finding {
  const { validFromDate, validToDate } = certificate;
  const days = Math.floor((validToDate.getTime() - now) / DAY_MS);
  if (validFromDate.getTime() > now)
    return failed(
      `the certificate isn't valid until ${validFromDate.toISOString()}`,
      "check this machine's clock, or wait",
    );
  if (validToDate.getTime() <= now)
    return failed(`the certificate expired ${validToDate.toISOString()}`, RENEW);
  const seen = `the certificate is valid until ${validToDate.toISOString()} (days: ${days})`;
  return days < RENEW_DAYS ? warning(seen, RENEW) : ok(seen);
}

function nameFindings(certificate: X509Certificate, publicUrl: string | undefined): Finding[] {
  if (!publicUrl?.startsWith("https:")) return [];
  const host = new URL(publicUrl).hostname.replace(/^\[|\]$/g, "");
  const isNamed = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host);
  if (isNamed !== undefined) return [ok(`the certificate names ${host}`)];
  return [
    warning(
      `the certificate doesn't name ${host}, the host of listen.publicUrl`,
      "get one that does: callers reject this one, unless a proxy with its own certificate is in front of Signet",
    ),
  ];
}

function plaintextFindings({ host, tls }: Config["listen"]): Finding[] {
  if (!tls?.plaintext || isLoopback(host)) return [];
  return [
    warning(
      `listen.tls.plaintext: unencrypted connections are accepted on ${host} too`,
      "set listen.tls.plaintext to false",
    ),
  ];
}

function isLoopback(host: string): boolean {
  return /^(?:127\.|localhost$|::1$)/.test(host);
}
