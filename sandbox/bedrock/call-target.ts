/** Who calls, the model that a call is for, and what it is reached through. */
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
  /** Provisioned throughput, a custom model's deployment or an imported model: capacity of the account's own. */
  | { kind: "own"; arn: string };

export interface Target {
  /** As the caller named it, decoded. */
  modelId: string;
  /** Undefined where nothing of that name exists: authorization comes first, then the ValidationException. */
  model: FoundationModel | undefined;
  /** Null where the foundation model is called directly. */
  via: Via | null;
}
