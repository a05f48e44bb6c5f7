/** Accounts' resources in Bedrock, and the models that a region offers; all in memory. */
import { randomInt } from "node:crypto";
import { matches } from "../iam/match.ts";
import { CATALOGUE_DATE, type FoundationModel } from "./catalogue.ts";
import type { Caller, Profile, Target, Via } from "./call-target.ts";

export class Resources {
  /** By ARN: application profiles, prompt routers, the account's own models. */
  readonly #targets = new Map<string, Target>();
  /** Patterns of model and profile ids, by region. */
  readonly #unoffered = new Map<string, readonly string[]>();
  readonly #today: string;

  /** `today`: the day that decides which models have ended, ISO 8601. */
  constructor(today: string) {
    this.#today = today;
  }

  add(arn: string, model: Target["model"], via: Via): void {
    this.#targets.set(arn, { modelId: arn, model, via });
  }

  find(arn: string): Target | undefined {
    return this.#targets.get(arn);
  }

  /** The application profiles of the caller's account and region, in the order of their creation. */
  applicationProfiles({ account, region }: Caller): Profile[] {
    return this.#targets
      .values()
      .map(({ via }) => (via?.kind === "profile" ? via.profile : undefined))
      .filter((profile) => profile !== undefined)
      .filter(({ arn }) => arn.includes(`:${region}:${account}:`))
      .toArray();
  }

  setUnofferedModels(region: string, models: readonly string[]): void {
    this.#unoffered.set(region, models);
  }

  /** By the id of a model or a system-defined profile. */
  isOffered(id: string, region: string): boolean {
    const patterns = this.#unoffered.get(region) ?? [];
    return !patterns.some((pattern) => matches(pattern, id, {}));
  }

  /** As on the catalogue's day: earlier days aren't known. */
  isLegacy({ legacy }: FoundationModel): boolean {
    return legacy === true && this.#today >= CATALOGUE_DATE;
  }

  hasEnded({ endOfLife }: FoundationModel): boolean {
    return endOfLife !== undefined && endOfLife <= this.#today;
  }
}

/** Twelve lower-case characters, as Bedrock's resources have. */
export function newResourceId(): string {
  return Array.from({ length: 12 }, () => randomInt(36).toString(36)).join("");
}
