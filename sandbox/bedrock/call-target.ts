/** The caller, the model of a call, and what it is reached through. */
import type { FoundationModel } from "./catalogue.ts";

export interface Caller {
  account: string;
  partition: string;
  region: string;
}

/** An inference profile as an account sees it. */
export interface Profile {
  type: "SYSTEM_DEFINED" | "APPLICATION";
  id: string;
  name: string;
  arn: string;
  model: FoundationModel;
  /** Regions it routes to; null for a global profile, which routes anywhere. */
  destinations: readonly string[] | null;
}

export type Via =
  | { kind: "profile"; profile: Profile }
  /** A prompt router, with the models and profiles that it chooses from. */
  | { kind: "router"; arn: string; targets: readonly Target[] }
  /** Provisioned throughput, a custom model's deployment or an imported model: the account's own capacity. */
  | { kind: "own"; arn: string };

export interface Target {
  /** As the caller named it, decoded. */
  modelId: string;
  /** Undefined if nothing with that name exists: authorization comes first, then the ValidationException. */
  model: FoundationModel | undefined;
  /** Null if the foundation model is called directly. */
  via: Via | null;
}
