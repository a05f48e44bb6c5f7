/** The port that Signet listens on, and its TLS. */
import { X509Certificate, createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, isIP } from "node:net";
import type { Config } from "../../config/schema.ts";
import { failed, ok, reasonOf, warning, type Check, type Finding } from "./check.ts";

const TIMEOUT_MS = 3_000;
const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 30;

export const listenerCheck: Check = {
  name: "listener",
  async run({ listen }) {
    const where = `${listen.host}:${listen.port}`;
    const server = createServer().listen(listen.port, listen.host);
    try {
      await once(server, "listening");
      return [ok(`${where} is free`)];
    } catch (error) {
      if (await answersAsSignet(listen)) return [ok(`Signet serves at ${where}`)];
      return [failed(reasonOf(error), "choose another listen.host or listen.port, or end what holds it")];
    } finally {
      server.close();
    }
  },
};

/** Over plain text only: with TLS nobody but a caller could say whose certificate it is. */
async function answersAsSignet({ host, port, tls }: Config["listen"]): Promise<boolean> {
  const address = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const url = `${tls ? "https" : "http"}://${address.includes(":") ? `[${address}]` : address}:${port}/healthz`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return (await answer.text()).trim() === "ok";
  } catch {
    return false;
  }
}

export const tlsCheck: Check = {
  name: "TLS",
  async run({ listen }) {
    const { tls, host } = listen;
    if (!tls) {
      if (/^(?:127\.|localhost$|::1$)/.test(host)) return [ok("none: it listens on this machine alone")];
      return [
        warning("none: secrets travel in plain text", "configure listen.tls, or a proxy that ends TLS"),
      ];
    }
    try {
      const certificate = new X509Certificate(await readFile(tls.certFile));
      const key = createPrivateKey(await readFile(tls.keyFile));
      if (!certificate.checkPrivateKey(key))
        return [
          failed("the private key isn't the certificate's", "listen.tls.keyFile must belong to certFile"),
        ];
      return [expiryFinding(certificate, Date.now()), ...nameFindings(certificate, listen.publicUrl)];
    } catch (error) {
      return [failed(reasonOf(error), "listen.tls.certFile and keyFile must be readable PEM files")];
    }
  },
};

function expiryFinding(certificate: X509Certificate, now: number): Finding {
  const days = Math.floor((Date.parse(certificate.validTo) - now) / DAY_MS);
  const seen = `the certificate is valid until ${certificate.validTo}`;
  if (Date.parse(certificate.validFrom) > now)
    return failed(
      `the certificate begins only ${certificate.validFrom}`,
      "check it and this machine's clock",
    );
  if (days < 0) return failed(`the certificate ended ${certificate.validTo}`, "renew it");
  return days < EXPIRES_SOON_DAYS ? warning(seen, "renew it") : ok(seen);
}

function nameFindings(certificate: X509Certificate, publicUrl: string | undefined): Finding[] {
  if (publicUrl === undefined) return [];
  const { hostname } = new URL(publicUrl);
  const named = isIP(hostname) ? certificate.checkIP(hostname) : certificate.checkHost(hostname);
  return named === undefined
    ? [
        warning(
          `the certificate doesn't name ${hostname}`,
          "callers of listen.publicUrl will refuse it, unless a proxy ends TLS",
        ),
      ]
    : [ok(`the certificate names ${hostname}`)];
}
