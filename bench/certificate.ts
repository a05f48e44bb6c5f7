/** A certificate for `localhost`, made by OpenSSL for this run. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

export interface Certificate {
  cert: string;
  key: string;
}

/** Leaves `cert.pem` and `key.pem` in the folder. */
export function makeCertificate(folder: string): Certificate & { file: string } {
  const file = path.join(folder, "cert.pem");
  const keyFile = path.join(folder, "key.pem");
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", keyFile, "-out", file], {
    stdio: "ignore",
  });
  return { cert: readFileSync(file, "utf8"), key: readFileSync(keyFile, "utf8"), file };
}
