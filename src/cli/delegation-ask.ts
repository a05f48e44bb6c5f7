/** The questions of `signet delegation create` on a terminal. */
import type { Operation } from "../core/operations.ts";
import { Cancelled } from "./context.ts";
import type { DelegationInput } from "../registry/input.ts";
import { DEFAULT_OPERATIONS } from "../registry/grants.ts";

const FAMILIES = [
  { value: "us.anthropic.claude-*", label: "Anthropic Claude, US inference profiles" },
  { value: "eu.anthropic.claude-*", label: "Anthropic Claude, EU inference profiles" },
  { value: "global.anthropic.claude-*", label: "Anthropic Claude, global inference profiles" },
  { value: "us.amazon.nova-*", label: "Amazon Nova, US inference profiles" },
  { value: "amazon.nova-*", label: "Amazon Nova, in the region itself" },
  { value: "amazon.titan-embed-*", label: "Amazon Titan embeddings" },
  { value: "cohere.embed-*", label: "Cohere embeddings" },
];

const DISCOVERY: readonly Operation[] = ["ListFoundationModels", "ListInferenceProfiles"];

export async function askForDelegation(region: string | undefined): Promise<DelegationInput> {
  const prompts = await import("@clack/prompts");
  const answer = async <T>(question: Promise<T>): Promise<Exclude<T, symbol>> => {
    const given = await question;
    if (prompts.isCancel(given)) throw new Cancelled();
    return given as Exclude<T, symbol>;
  };

  prompts.intro("A delegation: one role in another account that Signet may assume");
  const name = await answer(
    prompts.text({
      message: "Name of the delegation",
      placeholder: "acme",
      validate: matching(/^[a-z0-9][a-z0-9-]{1,39}$/, "2–40 of a–z, 0–9 and -"),
    }),
  );
  const account = await answer(
    prompts.text({
      message: "AWS account whose Bedrock is used",
      placeholder: "111122223333",
      validate: matching(/^[0-9]{12}$/, "12 digits"),
    }),
  );
  const source = await answer(
    prompts.text({
      message: "Region that calls are sent to",
      initialValue: region ?? "us-east-1",
      validate: matching(/^[a-z]{2,4}(?:-[a-z]+)+-\d$/, "a region such as us-east-1"),
    }),
  );
  const picked = await answer(
    prompts.multiselect({ message: "Models that may be called", options: FAMILIES, required: false }),
  );
  const more = await answer(
    prompts.text({ message: "More model ids, profiles or ARNs, separated by spaces", defaultValue: "" }),
  );
  const streaming = await answer(prompts.confirm({ message: "May answers be streamed?" }));
  const discovery = await answer(prompts.confirm({ message: "May models be listed?", initialValue: false }));
  prompts.outro("Done.");
  const operations = [...DEFAULT_OPERATIONS, ...(discovery ? DISCOVERY : [])].filter(
    (operation) => streaming || !operation.endsWith("Stream"),
  );
  const models = [...picked, ...more.split(/\s+/).filter((model) => model !== "")];
  return { name, account, roleName: `signet-${name}`, region: source, grants: [{ models, operations }] };
}

/** The prompt's message for an invalid entry. */
function matching(pattern: RegExp, message: string) {
  return (value: string | undefined) => (pattern.test(value ?? "") ? undefined : message);
}
