/** Switches for failures on AWS's side. All off by default; set by the API or PUT /_sandbox/faults. */
import { z } from "zod";

const milliseconds = z.int().min(0).max(3_600_000);

export const faultsSchema = z.strictObject({
  /** STS connections are destroyed without an answer. */
  stsDown: z.boolean(),
  /** STS answers 400 Throttling. */
  stsThrottled: z.boolean(),
  /** STS answers 500 InternalFailure. */
  stsStatus500: z.boolean(),
  /** STS answers 200 with something that isn't XML. */
  stsGarbage: z.boolean(),
  stsDelayMs: milliseconds,
  /** Bedrock connections are destroyed without an answer. */
  bedrockDown: z.boolean(),
  /** Bedrock answers 500 InternalServerException. */
  bedrock500: z.boolean(),
  /** Delay before Bedrock's status line, for every operation. */
  firstByteDelayMs: milliseconds,
  /** Added to the sandbox's clock: signatures, expiries and the Date header follow. */
  clockSkewMs: z.int().min(-86_400_000).max(86_400_000),
  /** Sessions last this many seconds, whatever was requested (even below STS's 900); 0 is off. */
  sessionSeconds: z.int().min(0).max(43_200),
});

export type Faults = z.infer<typeof faultsSchema>;

export const NO_FAULTS: Faults = {
  stsDown: false,
  stsThrottled: false,
  stsStatus500: false,
  stsGarbage: false,
  stsDelayMs: 0,
  bedrockDown: false,
  bedrock500: false,
  firstByteDelayMs: 0,
  clockSkewMs: 0,
  sessionSeconds: 0,
};
