/** The chart with its legend, and the same numbers as a table, where each can be opened. */
import {
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  ExpandableSection,
  Skeleton,
  Title,
  ToggleGroup,
  ToggleGroupItem,
} from "@patternfly/react-core";
import { InnerScrollContainer, Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { JSX } from "react";
import { lazy, Suspense, useMemo } from "react";
import { sum, toText } from "../money/decimal";
import { formatMoney } from "../money/format";
import { Amount } from "./Amount";
import { formatBucket } from "./dates";
import { colourOf } from "./palette";
import type { ChartData, Series } from "./rows";
import { canName, displayName } from "./rows";

const CostChart = lazy(() => import("./CostChart"));

export interface ChartCardProps {
  readonly data: ChartData | null;
  readonly units: string;
  readonly groupLabel: string;
  readonly resolution: "daily" | "monthly";
  readonly onResolution: (resolution: "daily" | "monthly") => void;
  /** Narrows to a group; absent where the report cannot be filtered by what it is grouped by. */
  readonly onPick: ((name: string) => void) | undefined;
  /** Opens a number of the chart; `group` null is a bucket's total. */
  readonly onExplain: (group: string | null, bucket: string) => void;
}

function describe(data: ChartData, units: string, groupLabel: string): string {
  const shares = data.series
    .map((series) => `${displayName(series)} ${formatMoney({ value: toText(sum(series.costs)), units })}`)
    .join(", ");
  return (
    `Stacked bars of the cost by ${groupLabel} over ${data.buckets.length} periods: ${shares}.` +
    " The same numbers are in the table “Chart as a table”."
  );
}

type LegendProps = Pick<ChartCardProps, "onPick"> & { readonly series: readonly Series[] };

function Legend({ series, onPick }: LegendProps): JSX.Element {
  return (
    <ul className="ts-legend" aria-label="Legend">
      {series.map((item, index) => {
        const swatch = <span className="ts-swatch" style={{ background: colourOf(index, item.kind) }} />;
        const name = displayName(item);
        return (
          <li key={item.name}>
            {onPick && canName(item) ? (
              <button type="button" onClick={() => onPick(item.name)} title={`Narrow to ${name}`}>
                {swatch}
                {name}
              </button>
            ) : (
              <span>
                {swatch}
                {name}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

type NumbersProps = Pick<ChartCardProps, "units" | "onExplain"> & {
  readonly data: ChartData;
  readonly canExplain: boolean;
};

function Numbers({ data, units, canExplain, onExplain }: NumbersProps): JSX.Element {
  const bucketTotal = (index: number): string =>
    toText(sum(data.series.flatMap((series) => series.costs[index] ?? [])));
  return (
    <InnerScrollContainer tabIndex={0} role="region" aria-label="Chart as a table" className="ts-chart-table">
      <Table variant="compact" aria-label="Cost of each group in each period">
        <Thead>
          <Tr>
            <Th isStickyColumn>Period</Th>
            {data.series.map((series) => (
              <Th key={series.name} className="ts-right" modifier="wrap">
                {displayName(series)}
              </Th>
            ))}
            <Th className="ts-right">Total</Th>
          </Tr>
        </Thead>
        <Tbody>
          {data.buckets.map((bucket, index) => (
            <Tr key={bucket}>
              <Th isStickyColumn scope="row">
                {formatBucket(bucket)}
              </Th>
              {data.series.map((series) => {
                const money = { value: toText(series.costs[index] ?? { units: 0n, scale: 0 }), units };
                const explain = canExplain && canName(series) ? () => onExplain(series.name, bucket) : undefined;
                return (
                  <Td key={series.name} className="ts-right">
                    <Amount money={money} of={`${displayName(series)}, ${formatBucket(bucket)}`} onExplain={explain} />
                  </Td>
                );
              })}
              <Td className="ts-right">
                <Amount
                  money={{ value: bucketTotal(index), units }}
                  of={`all of ${formatBucket(bucket)}`}
                  onExplain={() => onExplain(null, bucket)}
                />
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </InnerScrollContainer>
  );
}

export function ChartCard(props: ChartCardProps): JSX.Element {
  const { data, units, groupLabel, resolution, onResolution, onPick, onExplain } = props;
  const waiting = <Skeleton height="20rem" screenreaderText="Loading the chart" />;
  const description = useMemo(() => (data ? describe(data, units, groupLabel) : ""), [data, units, groupLabel]);
  const toggle = (
    <ToggleGroup aria-label="Resolution" isCompact>
      <ToggleGroupItem text="Daily" isSelected={resolution === "daily"} onChange={() => onResolution("daily")} />
      <ToggleGroupItem text="Monthly" isSelected={resolution === "monthly"} onChange={() => onResolution("monthly")} />
    </ToggleGroup>
  );
  return (
    <Card component="section" aria-labelledby="chart-title">
      <CardHeader actions={{ actions: toggle, hasNoOffset: true }}>
        <CardTitle>
          <Title headingLevel="h2" size="lg" id="chart-title">
            Cost by {groupLabel}
          </Title>
        </CardTitle>
      </CardHeader>
      <CardBody>
        {data ? (
          <>
            <Suspense fallback={waiting}>
              <CostChart data={data} units={units} description={description} onPick={onPick} />
            </Suspense>
            <Legend series={data.series} onPick={onPick} />
            <ExpandableSection toggleText="Chart as a table">
              <Numbers data={data} units={units} canExplain={onPick !== undefined} onExplain={onExplain} />
            </ExpandableSection>
          </>
        ) : (
          waiting
        )}
      </CardBody>
    </Card>
  );
}
