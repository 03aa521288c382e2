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
import { useQuery } from "@tanstack/react-query";
import type { JSX } from "react";
import { getJson } from "../api/client";
import type { Explanation } from "../api/types";
import { toText } from "../money/decimal";
import { formatCount, formatExact, formatMoney } from "../money/format";
import { CopyButton } from "./Amount";
import { bucketDays, formatDays } from "./dates";
import type { Cells, Column } from "./explanation";
import { agrees, asLines, cellText, CHARGE_COLUMNS, POSTING_COLUMNS, present, stepsOf } from "./explanation";
import type { Question } from "./question";
import { explainPath, explainQuery } from "./question";
import { Problem } from "./States";
import type { Explained } from "./state";

const TITLE = "explain-title";

export interface ExplainPanelProps {
  readonly explained: Explained;
  readonly question: Question;
  readonly groupLabel: string;
  readonly onClose: () => void;
}

function Proof({ explanation, units }: { readonly explanation: Explanation; readonly units: string }): JSX.Element {
  const steps = stepsOf(explanation);
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

function Cell({
  column,
  row,
  units,
}: {
  readonly column: Column;
  readonly row: Cells;
  readonly units: string;
}): JSX.Element {
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
      return <Td className="ts-number ts-nowrap">{text.slice(0, 10)}</Td>;
    case "place":
      return (
        <Td className="ts-place">
          <span className="ts-file">{text || "unknown file"}</span>
          <span className="ts-subtle ts-number ts-nowrap">row {cellText(row["row"])}</span>
        </Td>
      );
    case "text":
      return <Td>{text}</Td>;
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

function Found({ explanation }: { readonly explanation: Explanation }): JSX.Element {
  const units = cellText(explanation.total["units"]);
  const count = (name: string, shown: number): number => Number(explanation.counts[name] ?? shown);
  const { postings, charges } = explanation;
  return (
    <>
      <Proof explanation={explanation} units={units} />
      <Rows
        id="charges-title"
        title="Lines of the bill"
        columns={CHARGE_COLUMNS}
        rows={charges}
        units={units}
        count={count("charges", charges.length)}
      />
      <Rows
        id="postings-title"
        title="Postings of the ledger"
        columns={POSTING_COLUMNS}
        rows={postings}
        units={units}
        count={count("postings", postings.length)}
      />
    </>
  );
}

export function ExplainPanel({ explained, question, groupLabel, onClose }: ExplainPanelProps): JSX.Element {
  const days = explained.bucket ? bucketDays(explained.bucket, question.days) : question.days;
  const path = explainPath(question.provider);
  const query = explainQuery(question, explained.group, days);
  const answer = useQuery({
    queryKey: ["explain", path, query],
    queryFn: ({ signal }) => getJson<Explanation>(path, query, signal),
  });
  const total = answer.data && {
    value: cellText(answer.data.total["value"]),
    units: cellText(answer.data.total["units"]),
  };
  return (
    <DrawerPanelContent
      className="ts-drawer"
      widths={{ default: "width_100", lg: "width_75", xl: "width_66", "2xl": "width_50" }}
      focusTrap={{ enabled: true, "aria-labelledby": TITLE }}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <DrawerHead>
        <div>
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
        {answer.isPending && <Skeleton height="12rem" screenreaderText="Loading what is behind this number" />}
        {answer.isError && (
          <Problem title="This number could not be opened" error={answer.error} onRetry={() => void answer.refetch()} />
        )}
        {answer.data && <Found explanation={answer.data} />}
      </DrawerPanelBody>
    </DrawerPanelContent>
  );
}
