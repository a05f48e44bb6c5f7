/** Data of the API in components, and who is signed in. */
import {
  keepPreviousData,
  queryOptions,
  useQueries,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import { createContext, useContext, useState } from "react";
import type { WhoView } from "../../../src/admin/views/access.ts";
import { ApiError, call, type AnswerOf, type QuestionOf, type Read } from "../api.ts";
import { now } from "../clock.ts";
import { periodOf, type Period, type PeriodName } from "./period.tsx";

/** Each may do what the one before may, and more. */
export const ROLES: readonly WhoView["role"][] = ["viewer", "operator", "admin"];

export const Who = createContext<WhoView | undefined>(undefined);

/** Whether the user's role is sufficient. */
export function useMay(role: "operator" | "admin"): boolean {
  const who = useContext(Who);
  return who !== undefined && ROLES.indexOf(who.role) >= ROLES.indexOf(role);
}

/** `every`: milliseconds between two requests; without it there is only one. */
export function useGet<R extends Read>(
  route: R,
  question: QuestionOf<R>,
  every?: number,
): UseQueryResult<AnswerOf<R>> {
  return useQuery(looked(route, question, every));
}

/** Pages of a search: the previous result stays until the next has arrived. */
export function useSearch<R extends Read>(
  route: R,
  question: QuestionOf<R>,
  every?: number,
): UseQueryResult<AnswerOf<R>> {
  return useQuery({ ...looked(route, question, every), placeholderData: keepPreviousData });
}

function looked<R extends Read>(route: R, question: QuestionOf<R>, every?: number) {
  return queryOptions<AnswerOf<R>>({
    queryKey: [route, question],
    queryFn: () => call(route, question),
    ...(every === undefined ? {} : { refetchInterval: every }),
  });
}

type OfPeriod<R extends Read> = (period: Period) => QuestionOf<R>;

/**
 * Figures of a period that ends now. The period's name is their key, not its moving end, and the
 * previous figures stay until new ones have arrived: nothing on the page restarts as time passes.
 */
export function useFigures<R extends Read>(
  route: R,
  period: PeriodName,
  { question, every }: { question: OfPeriod<R>; every: number },
): UseQueryResult<AnswerOf<R>> {
  return useQuery(figures(route, period, question, every));
}

/** The same for several questions concurrently, in their order. */
export function useEachFigures<R extends Read>(
  route: R,
  period: PeriodName,
  { questions, every }: { questions: readonly OfPeriod<R>[]; every: number },
): UseQueryResult<AnswerOf<R>>[] {
  return useQueries({ queries: questions.map((question) => figures(route, period, question, every)) });
}

function figures<R extends Read>(route: R, period: PeriodName, question: OfPeriod<R>, every: number) {
  return queryOptions<AnswerOf<R>>({
    queryKey: [route, period, question({ since: 0, until: 0 })],
    queryFn: () => call(route, question(periodOf(period, now()))),
    refetchInterval: every,
    placeholderData: keepPreviousData,
  });
}

/** Reloads everything on the page: after a change, much may differ. */
export function useRefresh(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries();
}

export interface Action {
  busy: boolean;
  error: unknown;
  /** The error of one of these fields. */
  problem: (...fields: string[]) => string | undefined;
  run: <T>(work: () => Promise<T>) => Promise<T | undefined>;
}

/** Runs a change, and keeps its error and whether it is running. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const refresh = useRefresh();
  return {
    busy,
    error,
    problem: (...fields) =>
      error instanceof ApiError
        ? fields.map((field) => error.of(field)).find((found) => found !== undefined)
        : undefined,
    async run(work) {
      setBusy(true);
      setError(undefined);
      try {
        const result = await work();
        await refresh();
        return result;
      } catch (thrown) {
        setError(thrown);
        return undefined;
      } finally {
        setBusy(false);
      }
    },
  };
}
