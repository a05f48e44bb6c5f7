/** The store: whether its file exists, is intact and private, and is on a disk where SQLite's locks work. */
import path from "node:path";
import { failed, ok, warning, type Check, type Finding } from "./check.ts";
import { accessFindings, makeFindings, modeFindings, networkFileSystemOf } from "./files.ts";
import type { Stored } from "./stored.ts";

const BACKUP = "stop Signet and restore the file from a backup";

export const storeCheck: Check = {
  name: "store",
  overdue: "its disk doesn't answer: check the file system that store.file is on",
  async run({ config, stored }) {
    const { file } = config.store;
    const found = await stored;
    if (found.state === "absent") {
      const trouble = await makeFindings(file);
      return trouble.length > 0 ? trouble : [ok(`none yet; \`signet delegation create\` creates ${file}`)];
    }
    return [
      contentFinding(file, found),
      ...(await modeFindings(file)),
      ...(await accessFindings(file)),
      // SQLite keeps its log beside the file.
      ...(await accessFindings(path.dirname(file))),
      ...(await placeFindings(file)),
    ];
  },
};

function contentFinding(file: string, found: Exclude<Stored, { state: "absent" }>): Finding {
  switch (found.state) {
    case "read": {
      const { delegations, keys, schema } = found;
      return ok(
        `${file}: intact, schema ${schema}, delegations: ${delegations.length}, keys: ${keys.length}`,
      );
    }
    case "older":
      if (found.schema === 0) return ok(`${file} is empty: the next command that opens it initializes it`);
      return warning(
        `${file}: schema ${found.schema} from an earlier Signet`,
        "back it up: the next command that opens it upgrades it, after which the earlier Signet can't read it",
      );
    case "damaged":
      return failed(`${file} is damaged: ${found.fault}`, BACKUP);
    case "unusable":
      return failed(`${file}: ${found.reason}`, fixFor(found.code));
    default: {
      const unexpected: never = found;
      return unexpected;
    }
  }
}

function fixFor(code: Extract<Stored, { state: "unusable" }>["code"]): string {
  if (code === "foreign") return "set another file in store.file, or another folder with --data";
  if (code === "newer") return "upgrade Signet, or restore the backup made before the upgrade";
  return "make it readable for Signet's user, and stop the program that locks it";
}

async function placeFindings(file: string): Promise<Finding[]> {
  const network = await networkFileSystemOf(file);
  if (network === undefined) return [];
  return [
    failed(
      `${file} is on a network file system (${network}), where SQLite's locks don't work`,
      "put store.file on a local disk or a block volume such as EBS",
    ),
  ];
}
