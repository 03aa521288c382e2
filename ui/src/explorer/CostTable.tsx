/** One row for each group: cost, share of the total, change to the period before. */
import { Button, Card, CardBody, CardHeader, CardTitle, Pagination, Skeleton, Title } from "@patternfly/react-core";
import DownloadIcon from "@patternfly/react-icons/dist/esm/icons/download-icon";
import type { ThProps } from "@patternfly/react-table";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { JSX } from "react";
import { useState } from "react";
import type { Decimal } from "../money/decimal";
import { toText } from "../money/decimal";
import { formatCount, formatExact, formatPercent } from "../money/format";
import { Amount, CopyButton } from "./Amount";
import { Change } from "./Change";
import type { Row } from "./rows";
import { canName, displayName, sortRows } from "./rows";
import type { Sort } from "./state";
import { SORT_KEYS } from "./state";

const PER_PAGE = [20, 50, 100, 200].map((value) => ({ title: String(value), value }));

export interface CostTableProps {
  readonly rows: readonly Row[] | null;
  readonly total: Decimal;
  readonly units: string;
  readonly groupLabel: string;
  readonly others: number;
  readonly sort: Sort;
  readonly page: number;
  readonly isExporting: boolean;
  readonly onSort: (sort: Sort) => void;
  readonly onPage: (page: number) => void;
  /** Narrowing and explaining; absent where the report cannot be filtered by what it is grouped by. */
  readonly onPick: ((name: string) => void) | undefined;
  readonly onExplain: ((name: string) => void) | undefined;
  readonly onExport: () => void;
}

function sortOf(sort: Sort, column: number, onSort: (sort: Sort) => void): NonNullable<ThProps["sort"]> {
  const columns = ["name", "cost", "change"] as const;
  const key = columns[column] ?? "cost";
  return {
    sortBy: {
      index: columns.findIndex((item) => item === sort.key),
      direction: sort.descending ? "desc" : "asc",
      defaultDirection: key === "name" ? "asc" : "desc",
    },
    columnIndex: column,
    onSort: (_event, _index, direction) =>
      onSort({ key: SORT_KEYS.find((item) => item === key) ?? "cost", descending: direction === "desc" }),
  };
}

type LineProps = Pick<CostTableProps, "total" | "units" | "groupLabel" | "others" | "onPick" | "onExplain"> & {
  readonly row: Row;
};

function Name({ row, others, onPick }: Pick<LineProps, "row" | "others" | "onPick">): JSX.Element {
  const name = displayName(row);
  if (row.kind === "others") return <span className="ts-subtle">{formatCount(others)} more, taken together</span>;
  if (!onPick || !canName(row)) return <span className="ts-subtle">{name}</span>;
  return (
    <span>
      <Button
        variant="link"
        isInline
        className="ts-name"
        onClick={() => onPick(row.name)}
        aria-label={`Narrow to ${name}`}
      >
        {name}
      </Button>
      {row.alias && <small className="ts-subtle ts-number"> {row.name}</small>}
    </span>
  );
}

function Line({ row, total, units, groupLabel, others, onPick, onExplain }: LineProps): JSX.Element {
  const money = { value: toText(row.cost), units };
  const name = displayName(row);
  return (
    <Tr>
      <Td dataLabel={groupLabel}>
        <Name row={row} others={others} onPick={onPick} />
      </Td>
      <Td dataLabel="Cost" className="ts-right">
        <span className="ts-cost">
          <CopyButton text={toText(row.cost)} label={`Copy ${formatExact(money)}`} />
          <Amount
            money={money}
            of={name}
            onExplain={onExplain && canName(row) ? () => onExplain(row.name) : undefined}
          />
        </span>
      </Td>
      <Td dataLabel="Share" className="ts-right ts-number">
        {formatPercent(row.cost, total)}
      </Td>
      <Td dataLabel="Change" className="ts-right">
        <Change cost={row.cost} before={row.before} units={units} />
      </Td>
    </Tr>
  );
}

function Waiting(): JSX.Element {
  return (
    <CardBody>
      {["90%", "80%", "85%", "70%"].map((width) => (
        <Skeleton key={width} width={width} className="ts-skeleton-line" screenreaderText="Loading the table" />
      ))}
    </CardBody>
  );
}

export function CostTable(props: CostTableProps): JSX.Element {
  const { rows, groupLabel, sort, page, onSort, onPage, onExport, isExporting } = props;
  const [perPage, setPerPage] = useState(20);
  const count = rows?.length ?? 0;
  const shownPage = Math.min(page, Math.max(1, Math.ceil(count / perPage)));
  const shown = sortRows(rows ?? [], sort).slice((shownPage - 1) * perPage, shownPage * perPage);
  const exportButton = (
    <Button
      variant="secondary"
      icon={<DownloadIcon />}
      onClick={onExport}
      isLoading={isExporting}
      isDisabled={isExporting}
    >
      Export CSV
    </Button>
  );
  return (
    <Card component="section" aria-labelledby="table-title">
      <CardHeader actions={{ actions: exportButton, hasNoOffset: true }}>
        <CardTitle>
          <Title headingLevel="h2" size="lg" id="table-title">
            {groupLabel} in detail
          </Title>
        </CardTitle>
      </CardHeader>
      {rows ? (
        <Table variant="compact" aria-labelledby="table-title" className="ts-table" gridBreakPoint="grid-md">
          <Thead>
            <Tr>
              <Th sort={sortOf(sort, 0, onSort)}>{groupLabel}</Th>
              <Th sort={sortOf(sort, 1, onSort)} className="ts-right">
                Cost
              </Th>
              <Th className="ts-right">Share</Th>
              <Th sort={sortOf(sort, 2, onSort)} className="ts-right">
                Change
              </Th>
            </Tr>
          </Thead>
          <Tbody>
            {shown.map((row) => (
              <Line key={row.name} {...props} row={row} />
            ))}
          </Tbody>
        </Table>
      ) : (
        <Waiting />
      )}
      {count > (PER_PAGE[0]?.value ?? 20) && (
        <Pagination
          itemCount={count}
          perPage={perPage}
          page={shownPage}
          perPageOptions={PER_PAGE}
          variant="bottom"
          onSetPage={(_event, next) => onPage(next)}
          onPerPageSelect={(_event, size) => {
            setPerPage(size);
            onPage(1);
          }}
        />
      )}
    </Card>
  );
}
