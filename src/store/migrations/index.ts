/** The schema's history: migration n leads to version n. What was released is never edited; new ones are appended. */
import { initial } from "./0001-initial.ts";

export const MIGRATIONS: readonly string[] = [initial];
