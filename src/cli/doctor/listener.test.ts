/** The port and its TLS, on real ports and with real certificates. */
import { rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer as createHttps } from "node:https";
import { createServer, type AddressInfo, type Server } from "node:net";
import { generate } from "selfsigned";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { certificateFiles, certify, findingsOf, newFolder, type CertificateFiles } from "./fixtures.ts";
import { listenerCheck } from "./listener.ts";
import { tlsCheck } from "./tls.ts";

let cwd: string;
let files: CertificateFiles;

beforeEach(() => {
  cwd = newFolder();
  files = certificateFiles(cwd);
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const listener = (env: Record<string, string>) => findingsOf(listenerCheck, { cwd, env });
const tls = (env: Record<string, string>) => findingsOf(tlsCheck, { cwd, env: { ...files, ...env } });

async function holding(server: Server): Promise<{ port: string } & Disposable> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: String((server.address() as AddressInfo).port),
    [Symbol.dispose]: () => void server.close(),
  };
}

describe("the port", () => {
  it("fails while another program uses it", async () => {
    let port: string;
    {
      using taken = await holding(createServer((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nhello")));
      port = taken.port;
      expect(await listener({ SIGNET_LISTEN_PORT: port })).toEqual([
        expect.stringMatching(/^failed \| 127\.0\.0\.1:\d+: .*EADDRINUSE.* \| another program uses the port/),
      ]);
    }
    expect(await listener({ SIGNET_LISTEN_PORT: port })).toEqual([`ok | 127.0.0.1:${port} is free`]);
    expect(await listener({ SIGNET_LISTEN_PORT: "0" })).toEqual(["ok | any free port on 127.0.0.1"]);
  });

  it("fails on an address that isn't this machine's", async () => {
    for (const host of ["192.0.2.1", "signet.invalid"])
      expect(await listener({ SIGNET_LISTEN_PORT: "0", SIGNET_LISTEN_HOST: host })).toEqual([
        expect.stringMatching(/^failed \| .* \| .* is not an address of this machine: set listen\.host/),
      ]);
  });

  it("is warned of if a Signet there isn't ready", async () => {
    await certify(files, -1, 90);
    const { cert, private: key } = await generate([{ name: "commonName", value: "signet" }]);
    const draining = createHttps({ cert, key }, ({ url }, response) => {
      response.statusCode = url === "/healthz" ? 200 : 503;
      response.end(url === "/healthz" ? "ok\n" : "not ready\n");
    });
    using taken = await holding(draining);
    expect(await listener({ ...files, SIGNET_LISTEN_PORT: taken.port })).toEqual([
      expect.stringMatching(/^warning \| Signet is running at .*, but is not ready for calls \| /),
    ]);
  });
});

describe("TLS", () => {
  const publicUrl = { SIGNET_LISTEN_PUBLIC_URL: "https://signet.example.com" };

  it("is fine with a certificate that is valid long enough and names the public URL's host", async () => {
    await certify(files, -1, 90);
    expect(await tls(publicUrl)).toEqual([
      expect.stringMatching(/^ok \| the certificate is valid until .* \(days: 89\)$/),
      "ok | the certificate names signet.example.com",
    ]);
  });

  it("isn't needed on loopback, and its absence is warned of elsewhere", async () => {
    const none = { SIGNET_TLS_CERT_FILE: "", SIGNET_TLS_KEY_FILE: "" };
    expect(await tls(none)).toEqual(["ok | none; only this machine can connect"]);
    const open = { ...none, SIGNET_LISTEN_HOST: "0.0.0.0" };
    expect(await tls(open)).toEqual([
      expect.stringMatching(
        /^warning \| none on 0\.0\.0\.0: secrets travel in plain text \| set listen\.tls/,
      ),
    ]);
    expect((await tls({ ...open, ...publicUrl }))[0]).toContain(
      "secrets travel in plain text between signet.example.com and Signet",
    );
    await certify(files, -1, 90);
    expect((await tls({ SIGNET_LISTEN_HOST: "0.0.0.0", SIGNET_TLS_PLAINTEXT: "true" })).at(-1)).toMatch(
      /^warning \| listen\.tls\.plaintext: unencrypted connections are accepted on 0\.0\.0\.0 too \| /,
    );
  });

  it("fails for files that are missing or aren't PEM, each by name", async () => {
    expect(await tls({})).toEqual([
      expect.stringMatching(/^failed \| .*cert\.pem: ENOENT.* \| listen\.tls\.certFile must name a PEM file/),
      expect.stringMatching(/^failed \| .*key\.pem: ENOENT.* \| listen\.tls\.keyFile must name a PEM file/),
    ]);
    await certify(files, -1, 90);
    writeFileSync(files.SIGNET_TLS_CERT_FILE, "no certificate");
    expect(await tls({})).toEqual([expect.stringMatching(/^failed \| .*cert\.pem: /)]);
  });

  it("fails if the key belongs to another certificate", async () => {
    await certify(files, -1, 90);
    const { private: key } = await generate([{ name: "commonName", value: "other" }]);
    writeFileSync(files.SIGNET_TLS_KEY_FILE, key);
    expect((await tls({}))[0]).toMatch(/^failed \| the private key doesn't belong to the certificate \| /);
  });

  it("fails if the certificate has expired or isn't valid yet, warns if it expires soon, and is fine once it is renewed", async () => {
    await certify(files, -3, -1);
    expect(await tls({})).toEqual([
      expect.stringMatching(/^failed \| the certificate expired .* \| renew it/),
    ]);
    await certify(files, 1, 3);
    expect(await tls({})).toEqual([expect.stringMatching(/^failed \| the certificate isn't valid until/)]);
    await certify(files, -1, 20);
    expect(await tls({})).toEqual([expect.stringMatching(/^warning \| .* \(days: (?:19|20)\) \| renew it/)]);
    await certify(files, -1, 90);
    expect(await tls({})).toEqual([expect.stringMatching(/^ok \| /)]);
  });

  it("is warned of if the certificate doesn't name the public URL's host or address", async () => {
    await certify(files, -1, 90);
    for (const host of ["other.example.com", "192.0.2.1", "[2001:db8::1]"])
      expect((await tls({ SIGNET_LISTEN_PUBLIC_URL: `https://${host}` }))[1]).toMatch(
        /^warning \| the certificate doesn't name .*, the host of listen\.publicUrl \| get one that does/,
      );
  });
});
