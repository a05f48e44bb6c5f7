/**
 * What Signet assumes about AWS's operations, held to AWS's own service models: a test that fails after an update of
 * facts/ shows an assumption to change.
 */
import { describe, expect, it } from "vitest";
import control from "../facts/service-models/bedrock.json" with { type: "json" };
import runtime from "../facts/service-models/bedrock-runtime.json" with { type: "json" };
import sts from "../facts/service-models/sts.json" with { type: "json" };
import type {
  ConverseEvents,
  DocumentFormat,
  ImageFormat,
  ServiceTier,
  StopReason,
  VideoFormat,
} from "../src/bedrock/converse.ts";
import { readException } from "../src/bedrock/errors.ts";
import { OPERATION_NAMES, OPERATIONS, type Operation } from "../src/core/operations.ts";
import { SETTING_HEADERS, SETTINGS } from "../src/core/settings.ts";
import { match } from "../src/protocols/bedrock/routes.ts";
import * as fields from "../src/registry/fields.ts";

interface Member {
  shape: string;
  deprecated?: boolean;
  location?: string;
  locationName?: string;
}
interface Shape {
  type: string;
  members?: Record<string, Member>;
  required?: string[];
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
  eventstream?: boolean;
  error?: { httpStatusCode: number };
}
interface Service {
  operations: Record<string, { method: string; uri: string; input: string | null; output: string | null }>;
  shapes: Record<string, Shape>;
}

const SERVICES: Record<string, Service> = {
  "bedrock-runtime": runtime,
  bedrock: control,
  sts: sts,
};

function shape(name: string, service = "bedrock-runtime"): Shape {
  const found = SERVICES[service]?.shapes[name];
  if (found === undefined) throw new Error(`${service} has no shape ${name}`);
  return found;
}

const membersOf = (name: string, service?: string) => Object.keys(shape(name, service).members ?? {});
/** Names of a union type, checked by the compiler to be all of them. */
const namesOf = <Name extends string>(names: Record<Name, true>) => Object.keys(names).toSorted();

describe(`operations, by ${runtime.source}`, () => {
  it("are all that bedrock-runtime has", () => {
    const unserved = Object.keys(runtime.operations).filter(
      (name) => !OPERATION_NAMES.includes(name as Operation),
    );
    expect(unserved).toEqual([]);
  });

  it.each(OPERATION_NAMES)("%s has AWS's service, method, path and kind of answer", (name) => {
    const { service, streaming, subject } = OPERATIONS[name];
    const facts = SERVICES[service]?.operations[name];
    const path = facts?.uri.replaceAll(/\{[^}]+\}/g, "x") ?? "";
    expect(match(facts?.method ?? "", path)).toMatchObject({ operation: name });
    const answer = shape(facts?.output ?? "", service);
    const events = Object.values(answer.members ?? {}).some(
      (member) => shape(member.shape, service).eventstream,
    );
    expect([name, events]).toEqual([name, streaming]);
    const named = {
      model: /\{model|\{inferenceProfile|modelId/,
      guardrail: /\{guardrail/,
      "async-invoke": /\{invocation/,
      none: /./,
    };
    const names = `${facts?.uri} ${Object.keys(shape(facts?.input ?? "", service).members ?? {}).join(" ")}`;
    expect(names).toMatch(named[subject]);
  });

  it("count tokens of foundation models only: their identifier is the one for those", () => {
    expect(shape("CountTokensRequest").members?.["modelId"]?.shape).toBe("FoundationModelVersionIdentifier");
    expect(shape("FoundationModelVersionIdentifier")).toMatchObject({ max: 256 });
  });

  it("that stream both ways take chunks of at most a million bytes, over POST", () => {
    expect(runtime.operations.InvokeModelWithBidirectionalStream).toMatchObject({
      method: "POST",
      uri: "/model/{modelId}/invoke-with-bidirectional-stream",
    });
    expect(membersOf("InvokeModelWithBidirectionalStreamInput")).toEqual(["chunk"]);
    expect(shape("PartBody").max).toBe(1_000_000);
  });

  it("take bodies of at most 25,000,000 bytes and metadata of at most 8,500 characters", () => {
    expect(shape("Body").max).toBe(25_000_000);
    expect(shape("RequestMetadataJson").max).toBe(8_500);
  });
});

describe(`Converse, by ${runtime.source}`, () => {
  it("ends for the reasons that every protocol renders", () => {
    const known = namesOf<StopReason>({
      end_turn: true,
      tool_use: true,
      max_tokens: true,
      stop_sequence: true,
      guardrail_intervened: true,
      content_filtered: true,
      malformed_model_output: true,
      malformed_tool_use: true,
      model_context_window_exceeded: true,
    });
    expect(known).toEqual(shape("StopReason").enum?.toSorted());
  });

  it("has the service tiers, and the formats of images, documents and videos, that are translated", () => {
    const tiers = namesOf<ServiceTier["type"]>({ priority: true, default: true, flex: true, reserved: true });
    expect(tiers).toEqual(shape("ServiceTierType").enum?.toSorted());
    const images = namesOf<ImageFormat>({ png: true, jpeg: true, gif: true, webp: true });
    expect(images).toEqual(shape("ImageFormat").enum?.toSorted());
    const documents = namesOf<DocumentFormat>({
      pdf: true,
      csv: true,
      doc: true,
      docx: true,
      xls: true,
      xlsx: true,
      html: true,
      txt: true,
      md: true,
    });
    expect(documents).toEqual(shape("DocumentFormat").enum?.toSorted());
    const videos = namesOf<VideoFormat>({
      mkv: true,
      mov: true,
      mp4: true,
      webm: true,
      flv: true,
      mpeg: true,
      mpg: true,
      wmv: true,
      three_gp: true,
    });
    expect(videos).toEqual(shape("VideoFormat").enum?.toSorted());
  });

  it("streams the events that are translated, and exceptions with the statuses that are rendered", () => {
    const events = namesOf<keyof ConverseEvents>({
      messageStart: true,
      contentBlockStart: true,
      contentBlockDelta: true,
      contentBlockStop: true,
      messageStop: true,
      metadata: true,
    });
    const sent = [...membersOf("ConverseStreamOutput"), ...membersOf("ResponseStream")];
    const exceptions = [...new Set(sent)].filter((name) => name.endsWith("Exception"));
    expect(
      membersOf("ConverseStreamOutput")
        .filter((name) => !exceptions.includes(name))
        .toSorted(),
    ).toEqual(events);
    for (const name of exceptions) {
      const type = name.charAt(0).toUpperCase() + name.slice(1);
      const { status } = readException(name, Buffer.from("{}"));
      expect([name, status]).toEqual([name, shape(type).error?.httpStatusCode]);
    }
  });

  it("counts tokens read from and written to the cache apart, by how long it keeps them", () => {
    expect(membersOf("TokenUsage")).toEqual(
      expect.arrayContaining(["cacheReadInputTokens", "cacheWriteInputTokens", "cacheDetails"]),
    );
    expect(shape("CacheTTL").enum).toEqual(["5m", "1h"]);
  });

  it("takes an effort as text of at most 16 characters: the levels are each model's own", () => {
    expect(shape("OutputConfigEffortString")).toEqual({ type: "string", min: 0, max: 16 });
    expect(membersOf("OutputConfig")).toContain("effort");
  });

  it("bounds what is translated: temperature and top_p up to 1, 2,500 stop sequences, names of 64 characters", () => {
    expect(shape("InferenceConfigurationTemperatureFloat")).toMatchObject({ min: 0, max: 1 });
    expect(shape("InferenceConfigurationTopPFloat")).toMatchObject({ min: 0, max: 1 });
    expect(shape("InferenceConfigurationStopSequencesList").max).toBe(2_500);
    expect(shape("ToolName")).toMatchObject({ max: 64, pattern: "[a-zA-Z0-9_-]+" });
    expect(shape("ToolUseId")).toMatchObject({ max: 64, pattern: "[a-zA-Z0-9_.:-]+" });
    expect(membersOf("ToolChoice")).toEqual(["auto", "any", "tool"]);
  });

  it("has roles, blocks and sources that callers of Bedrock's own protocol may send", () => {
    expect(shape("ConversationRole").enum).toEqual(["user", "assistant", "system"]);
    expect(membersOf("ContentBlock")).toEqual(
      expect.arrayContaining([
        "audio",
        "video",
        "searchResult",
        "citationsContent",
        "toolAddition",
        "toolRemoval",
      ]),
    );
    expect(membersOf("DocumentSource")).toEqual(["bytes", "s3Location", "text", "content"]);
    expect(shape("GuardrailTrace").enum).toContain("enabled_full");
  });
});

describe(`settings of a call, by ${runtime.source}`, () => {
  /** What a grant of the operation includes. */
  const ORDINARY = [
    "modelId",
    "messages",
    "system",
    "inferenceConfig",
    "toolConfig",
    "outputConfig",
    "additionalModelRequestFields",
    "additionalModelResponseFieldPaths",
  ];

  it("are all other members of Converse and of its stream", () => {
    for (const request of ["ConverseRequest", "ConverseStreamRequest"]) {
      const others = membersOf(request).filter((name) => !ORDINARY.includes(name));
      // The trace is a member of guardrailConfig there.
      expect([request, [...others, "trace"].toSorted()]).toEqual([request, SETTINGS.toSorted()]);
    }
    expect(membersOf("GuardrailConfiguration")).toContain("trace");
  });

  it("are all of InvokeModel's own headers, and of its stream's", () => {
    for (const request of ["InvokeModelRequest", "InvokeModelWithResponseStreamRequest"]) {
      const headers = Object.values(shape(request).members ?? {})
        .filter(({ location }) => location === "header")
        .map(({ locationName = "" }) => locationName.toLowerCase())
        .filter((name) => name.startsWith("x-amzn-bedrock-") && !name.endsWith("-accept"));
      expect([request, headers.toSorted()]).toEqual([request, [...SETTING_HEADERS.keys()].toSorted()]);
    }
  });
});

describe(`a model's lifecycle, by ${control.source}`, () => {
  it("is ACTIVE or LEGACY, with the days that verifications keep, in ISO 8601", () => {
    expect(shape("FoundationModelLifecycleStatus", "bedrock").enum).toEqual(["ACTIVE", "LEGACY"]);
    expect(membersOf("FoundationModelLifecycle", "bedrock")).toEqual(
      expect.arrayContaining(["status", "legacyTime", "endOfLifeTime"]),
    );
    expect(shape("Timestamp", "bedrock")).toMatchObject({ timestampFormat: "iso8601" });
    expect(membersOf("FoundationModelSummary", "bedrock")).toContain("modelLifecycle");
  });
});

describe(`GetWebIdentityToken, by ${sts.source}`, () => {
  it("gives tokens for an audience, for 60 to 3,600 seconds", () => {
    expect(shape("GetWebIdentityTokenRequest", "sts").required).toEqual(["Audience", "SigningAlgorithm"]);
    expect(shape("webIdentityTokenDurationSecondsType", "sts")).toMatchObject({ min: 60, max: 3_600 });
  });
});

describe(`AssumeRole, by ${sts.source}`, () => {
  const accepts = (field: { safeParse: (value: unknown) => { success: boolean } }, value: unknown) =>
    field.safeParse(value).success;

  it("takes source identities as long as an operator may set them, and no longer ones", () => {
    const { min = 0, max = 0, pattern } = shape("sourceIdentityType", "sts");
    for (const [length, expected] of [
      [min - 1, false],
      [min, true],
      [max, true],
      [max + 1, false],
    ] as const)
      expect([length, accepts(fields.sourceIdentity, "a".repeat(length))]).toEqual([length, expected]);
    expect(new RegExp(`^${pattern}$`).test("A_+=,.@-9")).toBe(true);
    expect(accepts(fields.sourceIdentity, "A_+=,.@-9")).toBe(true);
  });

  it("takes sessions as long as an operator may set them, and as many tags", () => {
    const { min = 0, max = 0 } = shape("roleDurationSecondsType", "sts");
    expect([min - 1, min, max, max + 1].map((each) => accepts(fields.durationSeconds, each))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const tags = (count: number, key = 1, value = 1) =>
      accepts(
        fields.tags,
        Array.from({ length: count }, (_, at) => [`k${at}`.padEnd(key, "k"), "v".repeat(value)]),
      );
    const most = shape("tagListType", "sts").max ?? 0;
    const longest = [shape("tagKeyType", "sts").max ?? 0, shape("tagValueType", "sts").max ?? 0] as const;
    expect([tags(most), tags(most + 1), tags(1, ...longest)]).toEqual([true, false, true]);
    expect([tags(1, longest[0] + 1, 1), tags(1, 1, longest[1] + 1)]).toEqual([false, false]);
  });

  it("has no member for a policy's packed size but the deprecated one: the session token's utilization replaces it", () => {
    const { PackedPolicySize: old, SessionTokenUtilization: current } =
      shape("AssumeRoleResponse", "sts").members ?? {};
    expect([old?.deprecated, current?.shape]).toEqual([true, "sessionTokenUtilizationType"]);
  });

  it("bounds a session policy by the token's size, not by characters; GetScopedCredentials' policy has 2,048", () => {
    expect(shape("unrestrictedSessionPolicyDocumentType", "sts").max).toBeUndefined();
    expect(shape("AssumeRoleRequest", "sts").members?.["Policy"]?.shape).toBe(
      "unrestrictedSessionPolicyDocumentType",
    );
    expect(shape("sessionPolicyDocumentType", "sts").max).toBe(2_048);
    expect(shape("GetScopedCredentialsRequest", "sts").members?.["Policy"]?.shape).toBe(
      "sessionPolicyDocumentType",
    );
    expect(shape("scopedCredentialDurationSecondsType", "sts").min).toBe(1);
  });
});
