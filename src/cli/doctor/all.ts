/** Every check of an installation whose configuration can be read, in the order in which they are reported. */
import { auditCheck } from "./audit.ts";
import { controlPlaneCheck, runtimeCheck } from "./bedrock.ts";
import type { Check } from "./check.ts";
import { signingKeyCheck } from "./checkpoint.ts";
import { credentialsCheck } from "./credentials.ts";
import { delegationsCheck } from "./delegations.ts";
import { identityCheck } from "./identity.ts";
import { listenerCheck } from "./listener.ts";
import { modelsCheck } from "./models.ts";
import { proxyCheck } from "./proxy.ts";
import { storeCheck } from "./store.ts";
import { clockCheck, regionCheck, stsCheck } from "./sts.ts";
import { tlsCheck } from "./tls.ts";

export const CHECKS: readonly Check[] = [
  credentialsCheck,
  identityCheck,
  regionCheck,
  proxyCheck,
  stsCheck,
  clockCheck,
  runtimeCheck,
  controlPlaneCheck,
  storeCheck,
  auditCheck,
  signingKeyCheck,
  listenerCheck,
  tlsCheck,
  delegationsCheck,
  modelsCheck,
];
