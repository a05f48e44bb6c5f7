/** Settings of a whole account, above the policies of its users and roles. */
import { matches } from "./match.ts";
import type { PolicyDocument } from "./identity.ts";
import { parsePolicy } from "./policy.ts";
import type { Policy } from "./policy.ts";

export class AccountSettings {
  readonly #organization = new Map<string, Policy[]>();
  readonly #deniedModels = new Map<string, readonly string[]>();
  readonly #withoutProjects = new Set<string>();
  readonly #disabledRegions = new Map<string, readonly string[]>();

  /** Policies of one level of the organization, any of which may allow; null removes them. */
  setServiceControlPolicies(account: string, documents: PolicyDocument[] | null): void {
    const parsed = documents?.map((document) => parsePolicy(document, "identity"));
    if (parsed === undefined) this.#organization.delete(account);
    else this.#organization.set(account, parsed);
  }

  /** Undefined if the account has none, which limits nothing; an empty list allows nothing. */
  serviceControlPolicies(account: string): Policy[] | undefined {
    return this.#organization.get(account);
  }

  /** Models that the account has no access to; patterns with `*`. */
  setModelAccess(account: string, denied: readonly string[]): void {
    this.#deniedModels.set(account, denied);
  }

  hasModelAccess(account: string, modelId: string): boolean {
    const denied = this.#deniedModels.get(account) ?? [];
    return !denied.some((pattern) => matches(pattern, modelId, {}));
  }

  /** Calls of the account need no permission on a project, as before Bedrock had them. */
  spareProjects(account: string): void {
    this.#withoutProjects.add(account);
  }

  needsProjects(account: string): boolean {
    return !this.#withoutProjects.has(account);
  }

  /** Regions that the account has not enabled. */
  setDisabledRegions(account: string, regions: readonly string[]): void {
    this.#disabledRegions.set(account, regions);
  }

  isRegionEnabled(account: string, region: string): boolean {
    return !this.#disabledRegions.get(account)?.includes(region);
  }
}
