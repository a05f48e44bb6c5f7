/** What is read of asynchronous jobs, held to AWS's service model; and whose each is. */
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SignetError } from "../core/errors.ts";
import { asyncInvokeBody, ownJob, ownJobs, START_MEMBERS, type JobOwner } from "./async-invoke.ts";

interface ServiceModel {
  source: string;
  operations: Record<string, { errors: string[] }>;
  shapes: Record<
    string,
    {
      members?: Record<string, { location?: string }>;
      required?: string[];
      max?: number;
      pattern?: string;
      enum?: string[];
    }
  >;
}
const file = path.join(import.meta.dirname, "../../facts/service-models/bedrock-runtime.json");
const model = JSON.parse(readFileSync(file, "utf8")) as ServiceModel;
const shape = (name: string) => model.shapes[name] ?? {};

const OWNER: JobOwner = {
  client: "app",
  account: "111122223333",
  partition: "aws",
  output: "answers/team-a/app",
};
const at = (s3Uri: unknown) => ({ outputDataConfig: { s3OutputDataConfig: { s3Uri } } });

describe(`asynchronous jobs (${model.source})`, () => {
  it.each(Object.entries(START_MEMBERS))("%s has the members that are known, and no other", (name, known) => {
    expect(Object.keys(shape(name).members ?? {}).toSorted()).toEqual([...known].toSorted());
  });

  it("answers about a job always say where it writes", () => {
    expect(shape("GetAsyncInvokeResponse").required).toContain("outputDataConfig");
    expect(shape("AsyncInvokeSummary").required).toContain("outputDataConfig");
    expect(Object.keys(shape("AsyncInvokeOutputDataConfig").members ?? {})).toEqual(["s3OutputDataConfig"]);
    expect(shape("AsyncInvokeS3OutputDataConfig").required).toEqual(["s3Uri"]);
  });

  it("GetAsyncInvoke has nothing but the ARN that could be invalid, and no error of its own for an unknown one", () => {
    expect(Object.keys(shape("GetAsyncInvokeRequest").members ?? {})).toEqual(["invocationArn"]);
    expect(model.operations["GetAsyncInvoke"]?.errors).not.toContain("ResourceNotFoundException");
    expect(model.operations["GetAsyncInvoke"]?.errors).toContain("ValidationException");
  });

  it("a page has at most 1,000 jobs", () => {
    expect(shape("MaxResults").max).toBe(1000);
  });

  it("a request token sent in a client's name has the form that AWS takes, for the longest of each", () => {
    const { max = 0, pattern = "" } = shape("AsyncInvokeIdempotencyToken");
    for (const client of ["ab", "=,.@-_".padEnd(57, "z")])
      for (const length of [1, 198, 199, max]) {
        const body = Buffer.from(
          JSON.stringify({
            modelId: "m",
            modelInput: {},
            clientRequestToken: "~".repeat(length),
            ...at(`s3://answers/team-a/${client}`),
          }),
        );
        const owner = { ...OWNER, client, output: `answers/team-a/${client}` };
        const sent = JSON.parse(asyncInvokeBody(body, owner, "m").toString()) as {
          clientRequestToken: string;
        };
        expect(sent.clientRequestToken).toMatch(new RegExp(`^(?:${pattern})$`));
        expect(sent.clientRequestToken.length).toBeLessThanOrEqual(max);
      }
  });
});

/** The answer about a job, or the error's code. */
function seen(job: unknown): unknown {
  try {
    return ownJob(job, OWNER);
  } catch (error) {
    return error instanceof SignetError ? error.code : error;
  }
}

function isAccepted(s3Uri: string): boolean {
  try {
    asyncInvokeBody(Buffer.from(JSON.stringify({ modelInput: {}, ...at(s3Uri) })), OWNER, "m");
    return true;
  } catch (error) {
    if (error instanceof SignetError) return false;
    throw error;
  }
}

const FRAGMENTS = [
  ..."/ // . .. ./ ../ /../ %2e%2e %2F %5c \\ ? # ; : @ é ․ \u0000 \ud800".split(" "),
  " ",
  "\t",
  "app",
  "app2",
  "team-a",
  "answers",
  "s3://",
  "2026",
];

describe("where a job writes (T44)", () => {
  it("is the client's own place for all that may read its name, if it is accepted", () => {
    const accepted: string[] = [];
    const place = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.constantFrom("s3://answers/team-a/app", "s3://answers/"), place, (start, rest) => {
        const s3Uri = start + rest;
        if (!isAccepted(s3Uri)) return;
        accepted.push(s3Uri);
        const key = s3Uri.slice("s3://".length);
        const url = new URL(s3Uri);
        for (const read of [
          key,
          path.posix.normalize(key),
          path.posix.normalize(key.replaceAll("\\", "/")),
          decodeURIComponent(key),
          `${url.host}${decodeURIComponent(url.pathname)}`,
        ])
          expect(`${read}/`).toMatch(/^answers\/team-a\/app\//);
        expect([url.search, url.hash]).toEqual(["", ""]);
      }),
      { numRuns: 5_000 },
    );
    expect(accepted.length).toBeGreaterThan(50);
  });
});

describe("the owner of a job (T44)", () => {
  it.each([
    ["s3://answers/team-a/app", true],
    ["s3://answers/team-a/app/", true],
    ["s3://answers/team-a/app/x1y2", true],
    ["s3://answers/team-a/app2/x1y2", false],
    ["s3://answers/team-a/", false],
    ["s3://answers/team-a", false],
    ["S3://answers/team-a/app/x", false],
    ["s3://answers/team-a/%61pp/x", false],
    ["", false],
    [null, false],
    [["s3://answers/team-a/app/"], false],
  ])("by its place %j", (s3Uri, isOwn) => {
    const job = { invocationArn: "arn", ...at(s3Uri) };
    expect(ownJobs({ asyncInvokeSummaries: [job], nextToken: "t" }, OWNER)).toEqual({
      asyncInvokeSummaries: isOwn ? [job] : [],
      nextToken: "t",
    });
    expect(seen(job)).toEqual(isOwn ? job : "unknown_invocation");
  });

  it("is nobody where the delegation names no place, or the answer no output", () => {
    expect(() => ownJob(at("s3://undefined/app"), { ...OWNER, output: undefined })).toThrow(SignetError);
    for (const answer of [null, [], "x", {}, { outputDataConfig: [] }])
      expect(() => ownJob(answer, OWNER)).toThrow(SignetError);
    expect(() => ownJobs({ asyncInvokeSummaries: {} }, OWNER)).toThrow(TypeError);
  });
});
