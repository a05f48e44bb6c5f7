/** A certificate for `localhost`, made for this run. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { generate } from "selfsigned";

export interface Certificate {
  cert: string;
  key: string;
}

/** Leaves `cert.pem` in the folder. */
export async function makeCertificate(folder: string): Promise<Certificate & { file: string }> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  const file = path.join(folder, "cert.pem");
  writeFileSync(file, cert);
  return { cert, key, file };
}
