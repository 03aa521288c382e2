/** The explorer once there is data: controls, totals, chart and table, and the drawer that opens a number. */
import {
  Alert,
  Drawer,
  DrawerContent,
  DrawerContentBody,
  PageSection,
  Stack,
  StackItem,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import LayerGroupIcon from "@patternfly/react-icons/dist/esm/icons/layer-group-icon";
import type { JSX } from "react";
import { useCallback, useMemo } from "react";
import type { Report, Terms } from "../api/types";
import { ZERO } from "../money/decimal";
import { ChoiceMenu, choicesOf, labelFor } from "./ChoiceMenu";
import { ChartCard } from "./ChartCard";
import { CostTable } from "./CostTable";
import type { Bounds } from "./dates";
import { formatDays } from "./dates";
import { ExplainPanel } from "./ExplainPanel";
import { FilterChips, FilterForm } from "./FilterBar";
import type { Question } from "./question";
import { questionOf } from "./question";
import { RangeMenu } from "./RangeMenu";
import { chartData, tableRows, totalOf } from "./rows";
import { NothingFound, Problem } from "./States";
import type { Explained, ExplorerState } from "./state";
import { ask, narrow, withFilter, withoutFilter } from "./state";
import { Totals } from "./Totals";
import { useExport } from "./useExport";
import type { Answers, Go } from "./useExplorer";
import { useAnswers } from "./useExplorer";

export interface ExplorerProps {
  readonly state: ExplorerState;
  readonly go: Go;
  readonly terms: Terms;
  readonly bounds: Bounds;
  readonly header: JSX.Element;
}

/** A report can be grouped by more than it can be filtered by. */
function canFilter(terms: Terms, key: string): boolean {
  return key.startsWith("tag:") || terms.filters.some((term) => term.key === key);
}

type PartProps = Omit<ExplorerProps, "header"> & { readonly question: Question; readonly answers: Answers };

function Controls({ state, go, terms, bounds, question, answers }: PartProps): JSX.Element {
  const filterKeys = choicesOf(terms.filters, terms.tag_keys);
  const currencies = currenciesOf(answers.table.data);
  return (
    <section aria-label="Question">
      <Toolbar className="ts-controls" aria-label="Question" clearAllFilters={() => go(ask(state, { filters: [] }))}>
        <ToolbarContent rowWrap={{ default: "wrap" }}>
          <ToolbarGroup gap={{ default: "gapSm" }} rowWrap={{ default: "wrap" }}>
            <ToolbarItem>
              <RangeMenu
                range={question.range}
                days={question.days}
                bounds={bounds}
                onChoose={(range) => go(ask(state, { range }))}
              />
            </ToolbarItem>
            <ToolbarItem>
              <ChoiceMenu
                label="Group by"
                value={question.group}
                groups={choicesOf(terms.group_by, terms.tag_keys)}
                icon={<LayerGroupIcon />}
                onChoose={(group) => go(ask(state, { group }))}
              />
            </ToolbarItem>
            <ToolbarItem>
              <ChoiceMenu
                label="Cost"
                value={question.measure}
                groups={[{ label: "Cost", terms: terms.measures }]}
                onChoose={(measure) => go(ask(state, { measure }))}
              />
            </ToolbarItem>
            {currencies.length > 1 && (
              <ToolbarItem>
                <ChoiceMenu
                  label="Currency"
                  value={answers.table.data?.meta.currency ?? ""}
                  groups={[{ label: "Currency", terms: currencies.map((code) => ({ key: code, label: code })) }]}
                  onChoose={(currency) => go(ask(state, { currency }))}
                />
              </ToolbarItem>
            )}
          </ToolbarGroup>
          <FilterForm question={question} keys={filterKeys} onAdd={(filter) => go(withFilter(state, filter))} />
        </ToolbarContent>
      </Toolbar>
      <FilterChips
        filters={state.filters}
        keys={filterKeys}
        onRemove={(filter) => go(withoutFilter(state, filter))}
        onClear={() => go(ask(state, { filters: [] }))}
      />
    </section>
  );
}

/** Every currency that the range has cost in. */
function currenciesOf(answer: Report | undefined): string[] {
  return answer ? [answer.meta.currency, ...(answer.meta.other_currencies ?? [])].sort() : [];
}

/** The total of the period before, or why there is none. */
function beforeTotal(answers: Answers, question: Question, bounds: Bounds): ReturnType<typeof totalOf> | string | null {
  if (bounds.firstDay !== null && question.before.end < bounds.firstDay) return "no data before this period";
  if (answers.before.isError) return answers.before.error.message;
  const [now, before] = [answers.table.data, answers.before.data];
  if (now && before && now.meta.currency !== before.meta.currency) return `billed in ${before.meta.currency} before`;
  return before ? totalOf(before) : null;
}

function Numbers({ state, go, terms, bounds, question, answers }: PartProps): JSX.Element {
  const { chart, table } = answers;
  const units = table.data?.meta.currency ?? "";
  const before = beforeTotal(answers, question, bounds);
  const groupLabel = labelFor(choicesOf(terms.group_by, terms.tag_keys), question.group);
  const hasBefore = before !== null && typeof before !== "string";
  const rows = table.data
    ? tableRows(table.data, question.group, hasBefore ? (answers.before.data ?? null) : null)
    : null;
  const series = useMemo(
    () => (chart.data ? chartData(chart.data, question.group) : null),
    [chart.data, question.group],
  );
  const otherCurrencies = table.data?.meta.other_currencies ?? [];
  const others = Number(table.data?.meta.others ?? 0);
  const keys = terms.group_by.map((term) => term.key);
  const pick = useCallback(
    (name: string) => go(narrow(state, question.group, name, keys)),
    [go, state, question.group, keys],
  );
  const filterable = canFilter(terms, question.group);
  const explain = (explained: Explained): void => go({ ...state, explain: explained });
  const { exporting, failed, startExport } = useExport(question);
  const problem = table.error ?? chart.error;
  if (problem) {
    return (
      <Problem
        title="The server refused this question"
        error={problem}
        onReset={() => go(ask(state, { range: null, group: null, measure: null, currency: null, filters: [] }))}
        onRetry={() => void Promise.all([table.refetch(), chart.refetch()])}
      />
    );
  }
  if (rows?.length === 0) {
    return (
      <NothingFound
        days={formatDays(question.days)}
        filtered={state.filters.length > 0}
        onClear={() => go(ask(state, { filters: [] }))}
        onAll={() => go(ask(state, { range: { preset: "all" } }))}
      />
    );
  }
  return (
    <Stack hasGutter className={table.isPlaceholderData || chart.isPlaceholderData ? "ts-updating" : ""}>
      <StackItem>
        <Totals
          total={table.data ? totalOf(table.data) : null}
          before={before}
          units={units}
          days={question.days}
          daysBefore={question.before}
          bounds={bounds}
          measure={labelFor([{ label: "", terms: terms.measures }], question.measure)}
          groups={(rows?.length ?? 0) - (others > 0 ? 1 : 0) + others}
          groupLabel={groupLabel}
          onExplain={() => explain({ group: null, bucket: null })}
        />
      </StackItem>
      <StackItem>
        <ChartCard
          data={series}
          units={units}
          groupLabel={groupLabel}
          resolution={question.resolution}
          onPick={filterable ? pick : undefined}
          onResolution={(resolution) => go(ask(state, { resolution }))}
          onExplain={(group, bucket) => explain({ group, bucket })}
        />
      </StackItem>
      {otherCurrencies.length > 0 && (
        <StackItem>
          <Alert variant="info" isInline title={`Only what was billed in ${units}`}>
            There is cost in {otherCurrencies.join(", ")} too. Amounts of different currencies are never added up.
          </Alert>
        </StackItem>
      )}
      {failed && (
        <StackItem>
          <Problem title="The export failed" error={failed} onRetry={startExport} />
        </StackItem>
      )}
      <StackItem>
        <CostTable
          rows={rows}
          total={table.data ? totalOf(table.data) : ZERO}
          units={units}
          groupLabel={groupLabel}
          others={others}
          sort={state.sort}
          page={state.page}
          isExporting={exporting}
          onSort={(sort) => go(ask(state, { sort }), { replace: true })}
          onPage={(page) => go({ ...state, page })}
          onPick={filterable ? pick : undefined}
          onExplain={filterable ? (group) => explain({ group, bucket: null }) : undefined}
          onExport={startExport}
        />
      </StackItem>
    </Stack>
  );
}

export function Explorer(props: ExplorerProps): JSX.Element {
  const { state, go, terms, bounds, header } = props;
  const question = useMemo(() => questionOf(state, terms, bounds), [state, terms, bounds]);
  const answers = useAnswers(question);
  const close = useCallback(() => go({ ...state, explain: null }), [go, state]);
  const panel = state.explain && (
    <ExplainPanel
      key={`${state.explain.group}@${state.explain.bucket}`}
      explained={state.explain}
      question={question}
      onClose={close}
      groupLabel={labelFor(choicesOf(terms.group_by, terms.tag_keys), question.group)}
    />
  );
  return (
    <Drawer isExpanded={state.explain !== null}>
      <DrawerContent panelContent={panel}>
        <DrawerContentBody>
          {header}
          <PageSection isFilled className="ts-body">
            <Controls {...props} question={question} answers={answers} />
            <Numbers {...props} question={question} answers={answers} />
          </PageSection>
        </DrawerContentBody>
      </DrawerContent>
    </Drawer>
  );
}
