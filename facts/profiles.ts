/** Every system-defined inference profile of the three lists, and the geographies that they make up. */
import type { Difference, Geography, Model, Profile } from "./form.ts";
import { AWS, GENAI, LITELLM, type Lists } from "./models.ts";

export function profilesOf({ litellm, genai, aws }: Lists, models: Model[]): Profile[] {
  const ends = new Map(models.map(({ id, endOfLife }) => [id, endOfLife]));
  const profiles = new Map<string, Profile>();
  const add = (geography: string, model: string, by: string, facts: Partial<Profile>) => {
    const id = `${geography}.${model}`;
    const known = profiles.get(id) ?? { id, geography, model, listedBy: [] };
    profiles.set(id, { ...known, ...facts, listedBy: [...new Set([...known.listedBy, by])] });
  };
  for (const { geography, region, model, entry } of litellm) {
    if (geography === undefined || region !== undefined) continue;
    const { deprecation_date: end, successor_model: successor } = entry;
    add(geography, model, LITELLM, {
      ...(end === undefined || end === ends.get(model) ? {} : { endOfLife: end }),
      ...(successor === undefined ? {} : { successor }),
    });
  }
  const geographies = new Set([...profiles.values()].map(({ geography }) => geography));
  for (const name of genai.flatMap(({ names }) => names)) {
    const [geography = ""] = name.split(".");
    const model = name.slice(geography.length + 1);
    if (geographies.has(geography) && ends.has(model)) add(geography, model, GENAI, {});
  }
  for (const [model, { profiles: offered }] of aws)
    for (const [geography, routes] of offered)
      add(geography, model, AWS, Array.isArray(routes) ? { sources: routes } : { routes });
  return [...profiles.values()];
}

/** Adds the regions of AWS's answers to what is known by hand: GovCloud isn't asked. */
export function geographiesOf(byHand: Geography[], profiles: Profile[]): Geography[] {
  const unknown = profiles.filter(({ geography }) => !byHand.some(({ id }) => id === geography));
  if (unknown.length > 0) throw new Error(`by-hand.json lacks the geography of ${unknown[0]?.id}`);
  return byHand.map((geography) => {
    const own = profiles.filter((profile) => profile.geography === geography.id);
    const sources = own.flatMap((profile) => profile.sources ?? Object.keys(profile.routes ?? {}));
    const routes = own.flatMap((profile) => Object.values(profile.routes ?? {}).flat());
    const destinations = [...(geography.destinations ?? []), ...routes];
    return {
      ...geography,
      sources: [...new Set([...(geography.sources ?? []), ...sources])].toSorted(),
      ...(destinations.length === 0 ? {} : { destinations: [...new Set(destinations)].toSorted() }),
    };
  });
}

/** Models and profiles that some lists have and others don't. */
export function existences(entries: { id: string; listedBy: string[] }[]): Difference[] {
  return entries
    .filter(({ listedBy }) => !listedBy.includes(AWS) || !listedBy.includes(LITELLM))
    .map(({ id, listedBy }) => ({
      about: id,
      field: "exists",
      values: [LITELLM, GENAI, AWS].map((source) => ({ source, value: listedBy.includes(source) })),
      choice: true,
      why: "a name too many costs a question to AWS, one too few a call",
    }));
}
