/** The drawer behind a number: the proof that its parts add up, its postings, and the lines of the bill with their file. */
import {
  Alert,
  Content,
  DrawerActions,
  DrawerCloseButton,
  DrawerHead,
  DrawerPanelBody,
  DrawerPanelContent,
  Skeleton,
  Title,
} from "@patternfly/react-core";
import CheckIcon from "@patternfly/react-icons/dist/esm/icons/check-circle-icon";
import { InnerScrollContainer, Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { UseQueryResult } from "@tanstack/react-query";
import { useQuery } from "@tanstack/react-query";
import type { JSX } from "react";
import { useRef } from "react";
import type { Query } from "../api/client";
import { getJson } from "../api/client";
import type { Explanation, Report } from "../api/types";
import type { Decimal } from "../money/decimal";
import { parseDecimal, toText } from "../money/decimal";
import { formatCount, formatExact, formatMoney } from "../money/format";
import { useDialogFocus } from "../app/useDialogFocus";
import { CopyButton } from "./Amount";
import type { Days } from "./dates";
import { bucketDays, formatDays } from "./dates";
import type { Cells, Column } from "./explanation";
import {
  agrees,
  asLines,
  cellText,
  CHARGE_COLUMNS,
  POINT_COLUMNS,
  POSTING_COLUMNS,
  present,
  stepsOf,
} from "./explanation";
import type { Question } from "./question";
import { explainPath, explainQuery, numberQuery, reportPath } from "./question";
import { Problem } from "./States";
import type { Explained } from "./state";

const TITLE = "explain-title";

export interface ExplainPanelProps {
  readonly explained: Explained;
  readonly question: Question;
  readonly groupLabel: string;
  readonly onClose: () => void;
}

interface FoundProps {
  readonly explanation: Explanation;
  readonly reported: Decimal;
}

function Proof({ explanation, reported }: FoundProps): JSX.Element {
  const { units } = explanation.total.postings;
  const steps = stepsOf(reported, explanation);
  const holds = agrees(steps);
  return (
    <section aria-labelledby="proof-title" className="ts-proof">
      <Title headingLevel="h3" size="md" id="proof-title">
        Each sum taken on its own
      </Title>
      <dl>
        {steps.map((step) => (
          <div key={step.name}>
            <dt>{step.name}</dt>
            <dd className="ts-number">{formatExact({ value: toText(step.amount), units })}</dd>
          </div>
        ))}
      </dl>
      {holds ? (
        <p className="ts-agrees">
          <CheckIcon /> They agree to the last digit.
        </p>
      ) : (
        <Alert
          variant="danger"
          isInline
          isPlain
          title="They do not agree. tally reconcile says where it does not close."
        />
      )}
    </section>
  );
}

function Place({ file, row }: { readonly file: string; readonly row: string }): JSX.Element {
  const slash = file.lastIndexOf("/");
  return (
    <Td className="ts-place">
      <span>{file.slice(slash + 1) || "unknown file"}</span>
      <strong className="ts-number">row {row}</strong>
      {slash >= 0 && <small className="ts-subtle">in {file.slice(0, slash)}</small>}
    </Td>
  );
}

interface CellProps {
  readonly column: Column;
  readonly row: Cells;
  readonly units: string;
}

function Cell({ column, row, units }: CellProps): JSX.Element {
  const text = cellText(row[column.key]);
  switch (column.kind) {
    case "money":
      return (
        <Td className="ts-right ts-number" title={text && `${text} ${units}`}>
          {text && formatMoney({ value: text, units })}
        </Td>
      );
    case "quantity":
      return <Td className="ts-right ts-number">{text}</Td>;
    case "day":
      return (
        <Td className="ts-number" modifier="nowrap">
          {text.slice(0, 10)}
        </Td>
      );
    case "place":
      return <Place file={text} row={cellText(row["row"])} />;
    case "text":
      return <Td modifier="nowrap">{text}</Td>;
    case "long":
      return (
        <Td>
          <div className="ts-long">{text}</div>
        </Td>
      );
  }
}

interface RowsProps {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Cells[];
  readonly count: number;
  readonly units: string;
}

function Rows({ id, title, columns, rows, count, units }: RowsProps): JSX.Element {
  const shown = present(columns, rows);
  const all = rows.length === count;
  return (
    <section aria-labelledby={id} className="ts-rows">
      <div className="ts-rows-head">
        <Title headingLevel="h3" size="md" id={id}>
          {title}
        </Title>
        <span className="ts-subtle">
          {all ? formatCount(count) : `the ${formatCount(rows.length)} biggest of ${formatCount(count)}`}
        </span>
        <CopyButton text={asLines(rows)} label={`Copy: ${title}`} />
      </div>
      <InnerScrollContainer tabIndex={0} role="region" aria-label={title}>
        <Table variant="compact" aria-labelledby={id} gridBreakPoint="">
          <Thead>
            <Tr>
              {shown.map((column) => (
                <Th
                  key={column.key}
                  className={column.kind === "money" || column.kind === "quantity" ? "ts-right" : ""}
                >
                  {column.kind === "place" ? "File and row" : column.label}
                </Th>
              ))}
            </Tr>
          </Thead>
          <Tbody>
            {rows.map((row, index) => (
              <Tr key={index}>
                {shown.map((column) => (
                  <Cell key={column.key} column={column} row={row} units={units} />
                ))}
              </Tr>
            ))}
          </Tbody>
        </Table>
      </InnerScrollContainer>
    </section>
  );
}

function Found({ explanation, reported }: FoundProps): JSX.Element {
  const { postings, charges, points, counts } = explanation;
  const { units } = explanation.total.postings;
  return (
    <>
      <Proof explanation={explanation} reported={reported} />
      {Number(counts.points) > 0 && (
        <Rows
          id="points-title"
          title="Metered points"
          columns={POINT_COLUMNS}
          rows={points}
          units={units}
          count={Number(counts.points)}
        />
      )}
      {(Number(counts.charges) > 0 || Number(counts.points) === 0) && (
        <Rows
          id="charges-title"
          title="Lines of the bill"
          columns={CHARGE_COLUMNS}
          rows={charges}
          units={units}
          count={Number(counts.charges)}
        />
      )}
      <Rows
        id="postings-title"
        title="Postings of the ledger"
        columns={POSTING_COLUMNS}
        rows={postings}
        units={units}
        count={Number(counts.postings)}
      />
    </>
  );
}

interface Opened {
  readonly explanation: UseQueryResult<Explanation>;
  readonly report: UseQueryResult<Report>;
}

function useOpened(question: Question, group: string | null, days: Days): Opened {
  const ask = <T,>(path: string, query: Query) => ({
    queryKey: ["explain", path, query],
    queryFn: ({ signal }: { readonly signal: AbortSignal }) => getJson<T>(path, query, signal),
  });
  return {
    explanation: useQuery(ask<Explanation>(explainPath(question.provider), explainQuery(question, group, days))),
    report: useQuery(ask<Report>(reportPath(question.provider), numberQuery(question, group, days))),
  };
}

export function ExplainPanel({ explained, question, groupLabel, onClose }: ExplainPanelProps): JSX.Element {
  const days = explained.bucket ? bucketDays(explained.bucket, question.days) : question.days;
  const { explanation, report } = useOpened(question, explained.group, days);
  const total = report.data?.meta.total.cost.total;
  const error = explanation.error ?? report.error;
  const retry = (): void => void Promise.all([explanation.refetch(), report.refetch()]);
  const head = useRef<HTMLDivElement>(null);
  useDialogFocus(head, onClose);
  return (
    <DrawerPanelContent
      className="ts-drawer"
      widths={{ default: "width_100", lg: "width_75", xl: "width_66", "2xl": "width_50" }}
      role="dialog"
      aria-modal
      aria-labelledby={TITLE}
    >
      <DrawerHead>
        <div ref={head}>
          <Title headingLevel="h2" size="xl" id={TITLE} tabIndex={-1}>
            {explained.group === null ? "Total" : `${groupLabel}: ${explained.group}`}
          </Title>
          <Content component="p" className="ts-subtle">
            {formatDays(days)}
          </Content>
          {total && (
            <p className="ts-explained">
              <span className="ts-number">{formatMoney(total)}</span>
              <CopyButton text={total.value} label={`Copy ${formatExact(total)}`} />
            </p>
          )}
        </div>
        <DrawerActions>
          <DrawerCloseButton onClick={onClose} aria-label="Close" />
        </DrawerActions>
      </DrawerHead>
      <DrawerPanelBody>
        {error && <Problem title="This number could not be opened" error={error} onRetry={retry} />}
        {!error && explanation.data && total && (
          <Found explanation={explanation.data} reported={parseDecimal(total.value)} />
        )}
        {!error && !(explanation.data && total) && (
          <Skeleton height="12rem" screenreaderText="Loading what is behind this number" />
        )}
      </DrawerPanelBody>
    </DrawerPanelContent>
  );
}
