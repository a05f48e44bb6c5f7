/**
 * `npm run sbom`: Signet's runtime dependencies, from the lockfile, as a CycloneDX document. (`npm sbom` leaves out
 * those that a development dependency also needs.)
 *
 * Source: https://cyclonedx.org/docs/1.6/json/
 */
import { readFileSync } from "node:fs";

interface Locked {
  version: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
}

const { name, version, packages } = JSON.parse(
  readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"),
) as { name: string; version: string; packages: Record<string, Locked> };

function component([folder, { version: its, integrity, license }]: [string, Locked]) {
  const title = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
  const purl = `pkg:npm/${title.replace("@", "%40")}@${its}`;
  const digest = integrity?.replace("sha512-", "");
  return {
    type: "library",
    "bom-ref": folder,
    name: title,
    version: its,
    purl,
    ...(license !== undefined && { licenses: [{ license: { id: license } }] }),
    ...(digest !== undefined && {
      hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }],
    }),
  };
}

const components = Object.entries(packages)
  .filter(([folder, { dev, devOptional }]) => folder !== "" && !dev && !devOptional)
  .map(component);
const metadata = {
  component: { type: "application", "bom-ref": name, name, version, purl: `pkg:npm/${name}@${version}` },
};
const document = { bomFormat: "CycloneDX", specVersion: "1.6", version: 1, metadata, components };
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
