/**
 * Every setting: its form, default, meaning and the environment variables that override it. docs/configuration.md
 * has the same as a table; a test keeps the two equal.
 */
import { z } from "zod";
import { accessKeyPairs } from "./access-key-pairs.ts";
import { aws } from "./aws.ts";
import { admin, oidc, telemetry, webhook } from "./operating.ts";
import { count, path, publicUrl, seconds, setting, yesNo } from "./setting.ts";

const listen = z.strictObject({
  host: setting(
    z.string().regex(/^[A-Za-z0-9.:_-]+$/, "must be an address or a host name"),
    "SIGNET_LISTEN_HOST",
    "Address to listen on. `0.0.0.0` or `::` for all.",
  ).default("127.0.0.1"),
  port: setting(count(0, 65_535), "SIGNET_LISTEN_PORT", "Port. `0` picks a free one.").default(8787),
  publicUrl: setting(
    publicUrl,
    "SIGNET_LISTEN_PUBLIC_URL",
    "Endpoint that callers use, if a proxy or a DNS name is in front of the listener.",
    { derived: "the listener's own address" },
  ).exactOptional(),
  tls: z
    .strictObject({
      certFile: setting(path, "SIGNET_TLS_CERT_FILE", "PEM file: certificate and intermediates.", {
        derived: "none: no TLS",
        isPath: true,
      }),
      keyFile: setting(path, "SIGNET_TLS_KEY_FILE", "PEM file: the certificate's private key.", {
        derived: "none: no TLS",
        isPath: true,
      }),
      plaintext: setting(
        yesNo,
        "SIGNET_TLS_PLAINTEXT",
        "With TLS: also serve unencrypted callers on the same port.",
      ).default(false),
    })
    .exactOptional(),
});

const audit = z.strictObject({
  dir: setting(path, "SIGNET_AUDIT_DIR", "Folder of the audit log.", {
    derived: "`audit` in the data folder",
    isPath: true,
  }).exactOptional(),
  signingKeyFile: setting(
    path,
    "SIGNET_AUDIT_SIGNING_KEY_FILE",
    "Ed25519 key (PEM) that signs checkpoints; generated if missing.",
    {
      derived: "`audit-signing.pem` beside the audit folder",
      isPath: true,
    },
  ).exactOptional(),
  segmentMiB: setting(
    count(1, 4096),
    "SIGNET_AUDIT_SEGMENT_MIB",
    "Size at which a log file is closed and the next one begins.",
  ).default(64),
  checkpointRecords: setting(
    count(1, 1_000_000),
    "SIGNET_AUDIT_CHECKPOINT_RECORDS",
    "Records after which a checkpoint is signed.",
  ).default(1000),
  checkpointSeconds: setting(
    seconds(86_400),
    "SIGNET_AUDIT_CHECKPOINT_SECONDS",
    "Longest time until a record is covered by a checkpoint.",
  ).default(60),
  reserveMiB: setting(
    count(1, 1024),
    "SIGNET_AUDIT_RESERVE_MIB",
    "Disk space held back for the outcomes of running calls.",
  ).default(4),
});

const verification = z.strictObject({
  intervalMinutes: setting(
    count(1, 10_080),
    "SIGNET_VERIFICATION_INTERVAL_MINUTES",
    "How often `signet serve` verifies again that each active role requires its External ID.",
  ).default(60),
  probeModel: setting(
    z.string().regex(/^[A-Za-z0-9.:_/-]{1,256}$/, "must be a model id, an inference-profile id or an ARN"),
    "SIGNET_VERIFICATION_PROBE_MODEL",
    "Model that probes call first, preferably one not used in production.",
    { derived: "none: the first granted one" },
  ).exactOptional(),
});

const flashback = z.strictObject({
  url: setting(publicUrl, "SIGNET_FLASHBACK_URL", "Base URL of Flashback's platform API.", {
    derived: "none",
  }).exactOptional(),
  tokenFile: setting(path, "SIGNET_FLASHBACK_TOKEN_FILE", "File whose first line is the platform token.", {
    derived: "none",
    isPath: true,
  }).exactOptional(),
});

const limits = z.strictObject({
  bodyBytes: setting(
    count(1024, 100_000_000),
    "SIGNET_LIMITS_BODY_BYTES",
    "Largest request body, in bytes. Bedrock takes 25,000,000.",
  ).default(25_000_000),
  concurrentCalls: setting(
    count(1, 100_000),
    "SIGNET_LIMITS_CONCURRENT_CALLS",
    "Concurrent calls; more wait in turn for at most a second, then get 503 `overloaded`.",
  ).default(1000),
  queuedCalls: setting(
    count(0, 100_000),
    "SIGNET_LIMITS_QUEUED_CALLS",
    "Calls that may wait for a slot.",
  ).default(100),
});

const timeouts = z.strictObject({
  connectSeconds: setting(seconds(60), "SIGNET_TIMEOUTS_CONNECT_SECONDS", "To connect to Bedrock.").default(
    3,
  ),
  firstByteSeconds: setting(
    seconds(3600),
    "SIGNET_TIMEOUTS_FIRST_BYTE_SECONDS",
    "Until a stream's first byte.",
  ).default(120),
  unarySeconds: setting(
    seconds(3600),
    "SIGNET_TIMEOUTS_UNARY_SECONDS",
    "Until the answer of a call that doesn't stream.",
  ).default(3600),
  idleSeconds: setting(
    seconds(3600),
    "SIGNET_TIMEOUTS_IDLE_SECONDS",
    "Between two chunks of a stream.",
  ).default(300),
  totalSeconds: setting(seconds(86_400), "SIGNET_TIMEOUTS_TOTAL_SECONDS", "For a whole call.").default(3600),
  drainSeconds: setting(
    seconds(86_400),
    "SIGNET_TIMEOUTS_DRAIN_SECONDS",
    "For running calls when Signet shuts down.",
  ).default(600),
});

const callerGone = z.strictObject({
  policy: setting(
    z.enum(["drain", "abort"], "must be drain or abort"),
    "SIGNET_CALLER_GONE_POLICY",
    "When a caller disconnects mid-stream: `drain` reads on to learn the usage, `abort` cuts the call.",
  ).default("drain"),
  seconds: setting(seconds(3600), "SIGNET_CALLER_GONE_SECONDS", "`drain`: for at most this long.").default(
    30,
  ),
  calls: setting(
    count(1, 10_000),
    "SIGNET_CALLER_GONE_CALLS",
    "`drain`: for at most this many calls concurrently.",
  ).default(32),
});

const prometheus = z.strictObject({
  host: setting(
    z.string().regex(/^[A-Za-z0-9.:_-]+$/, "must be an address or a host name"),
    "SIGNET_PROMETHEUS_HOST",
    "Address of the Prometheus endpoint.",
  ).default("127.0.0.1"),
  port: setting(count(0, 65_535), "SIGNET_PROMETHEUS_PORT", "Port of `/metrics`. `0` picks a free one.", {
    derived: "none: no metrics",
  }).exactOptional(),
});

export const settingsSchema = z.strictObject({
  data: setting(path, "SIGNET_DATA", "Folder of the store, the audit log and its key.", {
    isPath: true,
  }).default("signet-data"),
  listen: listen.prefault({}),
  store: z
    .strictObject({
      file: setting(path, "SIGNET_STORE_FILE", "SQLite file of delegations, clients and keys.", {
        derived: "`signet.db` in the data folder",
        isPath: true,
      }).exactOptional(),
    })
    .prefault({}),
  admin: admin.prefault({}),
  oidc: oidc.prefault({}),
  audit: audit.prefault({}),
  aws: aws.prefault({}),
  verification: verification.prefault({}),
  accessKeyPairs: accessKeyPairs.prefault({}),
  flashback: flashback.prefault({}),
  limits: limits.prefault({}),
  timeouts: timeouts.prefault({}),
  callerGone: callerGone.prefault({}),
  prices: z
    .strictObject({
      file: setting(
        path,
        "SIGNET_PRICES_FILE",
        "YAML or JSON file of your own prices, which override the built-in ones.",
        {
          derived: "none: built-in prices",
          isPath: true,
        },
      ).exactOptional(),
    })
    .prefault({}),
  prometheus: prometheus.prefault({}),
  telemetry: telemetry.prefault({}),
  webhook: webhook.prefault({}),
  log: z
    .strictObject({
      level: setting(
        z.enum(["debug", "info", "warn", "error"], "must be debug, info, warn or error"),
        "SIGNET_LOG_LEVEL",
        "Lowest level that is logged.",
      ).default("info"),
    })
    .prefault({}),
});

/** Settings as in signet.yaml: each may be left out. */
export type SettingsInput = z.input<typeof settingsSchema>;
export type Settings = z.output<typeof settingsSchema>;

/** The effective settings: defaults filled in, paths absolute. */
export interface Config extends Omit<Settings, "store" | "audit"> {
  store: { file: string };
  audit: Settings["audit"] & { dir: string; signingKeyFile: string };
}
