/** Data of the API in components, and who is signed in. */
import {
  keepPreviousData,
  useQueries,
  useQuery,
  useQueryClient,
  type UseQueryOptions,
  type UseQueryResult,
} from "@tanstack/react-query";
import { createContext, useContext, useState } from "react";
import type { WhoView } from "../../../src/admin/views/access.ts";
import { get, type Query } from "../api.ts";
import { periodOf, type PeriodName } from "./period.tsx";

const LEVELS = ["viewer", "operator", "admin"];

export const Who = createContext<WhoView | undefined>(undefined);

/** Whether whoever is signed in may do what needs this role. */
export function useMay(role: "operator" | "admin"): boolean {
  const who = useContext(Who);
  return who !== undefined && LEVELS.indexOf(who.role) >= LEVELS.indexOf(role);
}

/** `every`: milliseconds between two looks; none unless given. */
export function useGet<T>(path: string, query: Query = {}, every?: number): UseQueryResult<T> {
  return useQuery<T>({
    queryKey: [path, query],
    queryFn: () => get<T>(path, query),
    ...(every === undefined ? {} : { refetchInterval: every }),
  });
}

/**
 * Figures of a period that ends whenever they are asked for. The period's name is their key, not its moving end, and the
 * figures before stay until others have come: nothing on the page starts anew while time goes on.
 */
export function useFigures<T>(
  path: string,
  period: PeriodName,
  asked: { query?: Query; every: number },
): UseQueryResult<T> {
  return useQuery<T>(figures<T>(path, period, asked));
}

/** The same for several queries at once, in their order. */
export function useEachFigures<T>(
  path: string,
  period: PeriodName,
  { queries, every }: { queries: readonly Query[]; every: number },
): UseQueryResult<T>[] {
  return useQueries({ queries: queries.map((query) => figures<T>(path, period, { query, every })) });
}

function figures<T>(
  path: string,
  period: PeriodName,
  { query = {}, every }: { query?: Query; every: number },
): UseQueryOptions<T> {
  return {
    queryKey: [path, period, query],
    queryFn: () => get<T>(path, { ...query, ...periodOf(period, Date.now()) }),
    refetchInterval: every,
    placeholderData: keepPreviousData,
  };
}

/** Pages of a search: what was found before stays until the next answer has come. */
export function useSearch<T>(path: string, query: Query, every?: number): UseQueryResult<Page<T>> {
  return useQuery<Page<T>>({
    queryKey: [path, query],
    queryFn: () => get<Page<T>>(path, query),
    placeholderData: keepPreviousData,
    ...(every === undefined ? {} : { refetchInterval: every }),
  });
}

/** Makes every shown answer be asked for again: after a change, much may differ. */
export function useRefresh(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries();
}

/** Runs a change; keeps what went wrong and whether it is under way. */
export function useAction(): {
  busy: boolean;
  error: unknown;
  run: <T>(work: () => Promise<T>) => Promise<T | undefined>;
  clear: () => void;
} {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const refresh = useRefresh();
  return {
    busy,
    error,
    clear: () => setError(undefined),
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

export interface Page<T> {
  items: T[];
  next: string | null;
}
