/** Operations' inputs once the service model has been checked: the SDK's own types, with bytes as base64. */
import type * as control from "@aws-sdk/client-bedrock";
import type * as runtime from "@aws-sdk/client-bedrock-runtime";

type Document = Exclude<runtime.ToolUseBlock["input"], undefined>;

type Wire<T> = [Document] extends [T] ? Record<string, unknown> : Plain<T>;

/** Without what the SDK has for members of later models, and without undefined where a member is required. */
type Plain<T> = T extends Uint8Array
  ? string
  : T extends { $unknown: unknown }
    ? never
    : T extends object
      ? { [K in keyof T]: Wire<Exclude<T[K], undefined>> }
      : T;

export type ContentBlock = Wire<runtime.ContentBlock>;
export type ToolResultContent = Wire<runtime.ToolResultContentBlock>;
export type Message = Wire<runtime.Message>;

/** In the service model, but not in the newest SDK that the registry has. */
interface InProject {
  projectIdentifier?: string;
}

/** Converse's, its stream's, and what CountTokens counts. */
export type ConverseRequest = Omit<Wire<runtime.ConverseStreamRequest>, "modelId" | "messages"> &
  InProject & { messages: Message[] };

export type InvokeModelInput = Omit<Wire<runtime.InvokeModelRequest>, "body"> & InProject;
export type CountTokensInput = Wire<runtime.CountTokensRequest>;
export type ApplyGuardrailInput = Wire<runtime.ApplyGuardrailRequest>;
export type InvokeGuardrailChecksInput = Wire<runtime.InvokeGuardrailChecksRequest>;
export type StartAsyncInvokeInput = Wire<runtime.StartAsyncInvokeRequest>;
export type ListAsyncInvokesInput = Wire<runtime.ListAsyncInvokesRequest>;
export type ListFoundationModelsInput = Wire<control.ListFoundationModelsRequest>;
export type ListInferenceProfilesInput = Wire<control.ListInferenceProfilesRequest>;
