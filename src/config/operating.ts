/** Settings for operators: the console and its API, sign-in, telemetry, webhooks. */
import { z } from "zod";
import { Secret } from "../core/secret.ts";
import { count, LOOPBACK, path, publicUrl, setting } from "./setting.ts";

export const admin = z.strictObject({
  host: setting(
    z.string().regex(/^[A-Za-z0-9.:_-]+$/, "must be an address or a host name"),
    "SIGNET_ADMIN_HOST",
    "Address of the console and the admin API.",
  ).default("127.0.0.1"),
  port: setting(
    count(0, 65_535),
    "SIGNET_ADMIN_PORT",
    "Port of the console and the admin API. `0` picks a free one.",
  ).default(8789),
  publicUrl: setting(
    publicUrl,
    "SIGNET_ADMIN_PUBLIC_URL",
    "Origin that browsers use for the console, if a proxy or a DNS name is in front of it. Other names are refused.",
    { derived: "the listener's own address" },
  ).exactOptional(),
  tls: z
    .strictObject({
      certFile: setting(path, "SIGNET_ADMIN_TLS_CERT_FILE", "PEM file: certificate and intermediates.", {
        derived: "none: no TLS",
        isPath: true,
      }),
      keyFile: setting(path, "SIGNET_ADMIN_TLS_KEY_FILE", "PEM file: the certificate's private key.", {
        derived: "none: no TLS",
        isPath: true,
      }),
    })
    .exactOptional(),
  templateBaseUrl: setting(
    publicUrl,
    "SIGNET_ADMIN_TEMPLATE_BASE_URL",
    "S3 folder where you publish CloudFormation templates as `<delegation>.yaml`, for quick-create links.",
    { derived: "none: no quick-create links" },
  ).exactOptional(),
});

const providerUrl = z
  .string()
  .refine(
    (text) => isProviderUrl(text),
    "must be a URL such as https://login.example.com/tenant (http:// only for this machine)",
  );

function isProviderUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
}

export const oidc = z
  .strictObject({
    issuer: setting(
      providerUrl,
      "SIGNET_OIDC_ISSUER",
      "OpenID Connect provider that operators sign in with.",
      {
        derived: "none: admin tokens only",
      },
    ).exactOptional(),
    clientId: setting(
      z.string().min(1),
      "SIGNET_OIDC_CLIENT_ID",
      "The console's client id at the provider.",
      {
        derived: "none; required with an issuer",
      },
    ).exactOptional(),
    clientSecretFile: setting(path, "SIGNET_OIDC_CLIENT_SECRET_FILE", "File with the client's secret.", {
      derived: "none: a public client, PKCE only",
      isPath: true,
    }).exactOptional(),
    scope: setting(z.string().min(1), "SIGNET_OIDC_SCOPE", "Requested scopes.").default(
      "openid email profile",
    ),
    label: setting(
      z.string().min(1).max(40),
      "SIGNET_OIDC_LABEL",
      "Name of the provider on the sign-in button.",
    ).default("Single sign-on"),
    roleClaim: setting(
      z.string().min(1),
      "SIGNET_OIDC_ROLE_CLAIM",
      "Claim of the ID token that decides the role: a string or a list.",
    ).default("groups"),
    viewer: setting(
      z.string().min(1),
      "SIGNET_OIDC_VIEWER",
      "Value of the claim that grants the role viewer.",
      {
        derived: "none",
      },
    ).exactOptional(),
    operator: setting(z.string().min(1), "SIGNET_OIDC_OPERATOR", "Value that grants the role operator.", {
      derived: "none",
    }).exactOptional(),
    admin: setting(z.string().min(1), "SIGNET_OIDC_ADMIN", "Value that grants the role admin.", {
      derived: "none",
    }).exactOptional(),
  })
  .superRefine(({ issuer, clientId, viewer, operator, admin: adminValue }, context) => {
    if (issuer === undefined) return;
    const missing = (at: string, message: string) =>
      context.addIssue({ code: "custom", path: [at], message });
    if (clientId === undefined) missing("clientId", "is required with an issuer");
    if (viewer === undefined && operator === undefined && adminValue === undefined)
      missing(
        "viewer",
        "one of viewer, operator and admin is required with an issuer, or nobody can sign in",
      );
  });

/** As OpenTelemetry's specification says: `authorization=Basic%20c2ln`. A value without `%` stays unchanged. */
function isPercentEncoded(value: string): boolean {
  try {
    decodeURIComponent(value);
    return true;
  } catch {
    return false;
  }
}

export const telemetry = z.strictObject({
  otlpEndpoint: setting(
    providerUrl,
    ["SIGNET_TELEMETRY_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"],
    "OpenTelemetry collector (OTLP over HTTP) for traces and metrics.",
    { derived: "none: nothing is sent" },
  ).exactOptional(),
  serviceName: setting(
    z.string().min(1).max(100),
    ["SIGNET_TELEMETRY_SERVICE_NAME", "OTEL_SERVICE_NAME"],
    "This service's name there.",
  ).default("signet"),
  headers: setting(
    z.string().transform((text, context) => {
      const pairs = text.split(",").map((pair) => /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(.*)$/.exec(pair.trim()));
      if (pairs.every((pair) => pair !== null && isPercentEncoded(pair[2] ?? ""))) return new Secret(text);
      context.addIssue({ code: "custom", message: "must be name=value,name=value, percent-encoded" });
      return z.NEVER;
    }),
    "OTEL_EXPORTER_OTLP_HEADERS",
    "Headers for the collector, such as its key: `name=value,name=value`, values percent-encoded. Never in the file.",
    { derived: "none", isSecret: true },
  ).exactOptional(),
});

export const webhook = z
  .strictObject({
    url: setting(
      providerUrl,
      "SIGNET_WEBHOOK_URL",
      "URL that events are sent to, signed by Standard Webhooks.",
      {
        derived: "none: only the console shows events",
      },
    ).exactOptional(),
    secretFile: setting(
      path,
      "SIGNET_WEBHOOK_SECRET_FILE",
      "File with the webhook's secret, `whsec_` and base64.",
      { derived: "none; required with a URL", isPath: true },
    ).exactOptional(),
  })
  .superRefine(({ url, secretFile }, context) => {
    if (url !== undefined && secretFile === undefined)
      context.addIssue({ code: "custom", path: ["secretFile"], message: "is required with a URL" });
  });
