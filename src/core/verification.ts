/** What the probes of a delegation found. */

/** `unknown`: neither could be established, for instance because STS could not be reached. */
export type ProbeStatus = "pass" | "fail" | "unknown";

/** The most likely cause of a failing probe. */
export type Cause =
  | "base_credentials"
  | "clock"
  | "network"
  /** Something between Signet and AWS answered in AWS's place, or let nothing through. */
  | "proxy"
  | "configuration"
  | "trust_policy"
  | "external_id"
  | "role_policy"
  | "session_policy"
  | "signet_policy"
  | "service_control_policy"
  /** The role lacks permission on the project that the calls are in. */
  | "project"
  | "model_access"
  | "end_of_life"
  | "unknown_model"
  /** The model is only offered through inference profiles. */
  | "profile_required"
  | "region"
  | "throttling";

/** The exact change that makes a failing probe pass, and where it is made. */
export interface Fix {
  /** One sentence in the imperative. */
  advice: string;
  /** What is changed: in the account owner's account, at Signet's own identity, or in Signet. */
  where: "trust_policy" | "role_policy" | "signet_policy" | "role" | "account" | "signet";
  /** The whole policy document to put there, if it is a policy. */
  policy?: object;
  /** Commands that make the change, of the AWS CLI or of `signet`. */
  commands: string[];
}

export interface ProbeResult {
  /** Stable, for programs: `assume_without_external_id`, `call:Converse:us.anthropic.claude-…`. */
  probe: string;
  /** What must hold, for people. */
  title: string;
  status: ProbeStatus;
  /** Whether activation requires it. */
  required: boolean;
  /** What was sent to AWS, without secrets; null where nothing was. */
  sent: string | null;
  /** What AWS answered, or why nothing was sent. */
  answer: string;
  /** Set if the probe did not pass. */
  cause?: Cause;
  fix?: Fix;
  milliseconds: number;
}

/** When a model ends, as AWS answers it: FoundationModelLifecycle of Bedrock's control plane. Epoch milliseconds. */
export interface ModelLifecycle {
  /** Foundation model. */
  model: string;
  /** Its vendor no longer recommends it. */
  legacy: boolean;
  legacyAt?: number;
  /** From when it can't be called; absent if no day is set. */
  endsAt?: number;
}

export interface Verification {
  delegation: string;
  /** `full`: every probe; `enforcement`: whether the External ID is required, which costs no model call. */
  scope: "full" | "enforcement";
  /** Epoch milliseconds. */
  startedAt: number;
  finishedAt: number;
  /**
   * `pass`: every required probe passed. `fail`: at least one failed. `unknown`: none failed, but at least one could
   * not be decided.
   */
  verdict: ProbeStatus;
  /** Whether the role could be assumed without the External ID or with a wrong one. Such a role must not be used. */
  unenforced: boolean;
  probes: ProbeResult[];
  /** Of every model that the account's own ListFoundationModels lists in the region; absent where that isn't granted. */
  lifecycles?: ModelLifecycle[];
}
