/** The explorer's state in the address bar, and the answers it asks the server for. */
import type { UseQueryResult } from "@tanstack/react-query";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { Query } from "../api/client";
import { getJson } from "../api/client";
import type { Report, Terms } from "../api/types";
import type { Question } from "./question";
import { beforeQuery, chartQuery, reportPath, tableQuery, termsPath } from "./question";
import type { ExplorerState, Provider } from "./state";
import { readState, writeState } from "./state";

/** Goes to another state: a new entry in the history, so that Back undoes it; `replace` leaves no entry. */
export type Go = (next: ExplorerState, options?: { readonly replace?: boolean }) => void;

export function useExplorerState(): [ExplorerState, Go] {
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const state = useMemo(() => readState(query), [query]);
  const go = useCallback<Go>(
    (next, options) => {
      const text = writeState(next);
      void navigate({ search: text ? `?${text}` : "" }, { replace: options?.replace ?? false });
    },
    [navigate],
  );
  return [state, go];
}

export function useTerms(provider: Provider): UseQueryResult<Terms> {
  return useQuery({
    queryKey: ["terms", provider],
    queryFn: ({ signal }) => getJson<Terms>(termsPath(provider), [], signal),
  });
}

function useReport(question: Question, query: Query): UseQueryResult<Report> {
  const path = reportPath(question.provider);
  return useQuery({
    queryKey: ["report", path, query],
    queryFn: ({ signal }) => getJson<Report>(path, query, signal),
    placeholderData: keepPreviousData,
  });
}

export interface Answers {
  readonly chart: UseQueryResult<Report>;
  readonly table: UseQueryResult<Report>;
  readonly before: UseQueryResult<Report>;
}

export function useAnswers(question: Question): Answers {
  return {
    chart: useReport(question, chartQuery(question)),
    table: useReport(question, tableQuery(question)),
    before: useReport(question, beforeQuery(question)),
  };
}
