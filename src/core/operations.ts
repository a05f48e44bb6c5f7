/** Bedrock's operations that Signet serves, by their AWS names. Source: the public service models of Bedrock. */
export interface OperationFacts {
  /** IAM action that a role needs for the operation. */
  action: string;
  /** Which host label serves it: `bedrock-runtime.{region}` or `bedrock.{region}`. */
  service: "bedrock-runtime" | "bedrock";
  /** Whether the answer is an event stream. */
  streaming: boolean;
  /** What a grant's `models` patterns are matched against. */
  subject: "model" | "guardrail" | "async-invoke" | "none";
}

const model = (action: string, streaming = false) =>
  ({ action, service: "bedrock-runtime", streaming, subject: "model" }) as const;

export const OPERATIONS = {
  InvokeModel: model("bedrock:InvokeModel"),
  InvokeModelWithResponseStream: model("bedrock:InvokeModelWithResponseStream", true),
  // IAM's lists have no action of that name: that InvokeModel is what it needs is unconfirmed.
  InvokeModelWithBidirectionalStream: model("bedrock:InvokeModel", true),
  Converse: model("bedrock:InvokeModel"),
  ConverseStream: model("bedrock:InvokeModelWithResponseStream", true),
  CountTokens: model("bedrock:CountTokens"),
  StartAsyncInvoke: model("bedrock:InvokeModel"),
  GetAsyncInvoke: {
    action: "bedrock:GetAsyncInvoke",
    service: "bedrock-runtime",
    streaming: false,
    subject: "async-invoke",
  },
  ListAsyncInvokes: {
    action: "bedrock:ListAsyncInvokes",
    service: "bedrock-runtime",
    streaming: false,
    subject: "none",
  },
  ApplyGuardrail: {
    action: "bedrock:ApplyGuardrail",
    service: "bedrock-runtime",
    streaming: false,
    subject: "guardrail",
  },
  InvokeGuardrailChecks: {
    action: "bedrock:InvokeGuardrailChecks",
    service: "bedrock-runtime",
    streaming: false,
    subject: "none",
  },
  ListFoundationModels: {
    action: "bedrock:ListFoundationModels",
    service: "bedrock",
    streaming: false,
    subject: "none",
  },
  GetFoundationModel: {
    action: "bedrock:GetFoundationModel",
    service: "bedrock",
    streaming: false,
    subject: "model",
  },
  ListInferenceProfiles: {
    action: "bedrock:ListInferenceProfiles",
    service: "bedrock",
    streaming: false,
    subject: "none",
  },
  GetInferenceProfile: {
    action: "bedrock:GetInferenceProfile",
    service: "bedrock",
    streaming: false,
    subject: "model",
  },
} as const satisfies Record<string, OperationFacts>;

export type Operation = keyof typeof OPERATIONS;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as Operation[];

/** Whether the request is a stream as well, which goes on while the answer arrives. */
export function isBidirectional(operation: Operation): boolean {
  return operation === "InvokeModelWithBidirectionalStream";
}

export function isOperation(name: string): name is Operation {
  return Object.hasOwn(OPERATIONS, name);
}
