/** The headline: what the shown range cost, and its change to the period before. */
import { Card, CardBody, Skeleton } from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";
import type { Decimal } from "../money/decimal";
import { toText } from "../money/decimal";
import { formatCount, formatExact } from "../money/format";
import { Amount, CopyButton } from "./Amount";
import { Change } from "./Change";
import type { Bounds, Days } from "./dates";
import { formatBucket, formatDays } from "./dates";

export interface TotalsProps {
  readonly total: Decimal | null;
  /** Null while it loads; a text where there is nothing to compare with. */
  readonly before: Decimal | string | null;
  readonly units: string;
  readonly days: Days;
  readonly daysBefore: Days;
  readonly bounds: Bounds;
  readonly measure: string;
  readonly groups: number;
  readonly groupLabel: string;
  readonly onExplain: () => void;
}

function Fact({
  name,
  children,
  detail,
}: {
  readonly name: string;
  readonly children: ReactNode;
  readonly detail: string;
}): JSX.Element {
  return (
    <div className="ts-fact">
      <dt>{name}</dt>
      <dd>
        <span className="ts-fact-value">{children}</span>
        <span className="ts-subtle ts-fact-detail">{detail}</span>
      </dd>
    </div>
  );
}

/** The days, and where the data does not fill them. */
function daysShown(days: Days, { firstDay, lastDay }: Bounds): string {
  const starts = firstDay !== null && firstDay > days.start && firstDay <= days.end;
  const ends = lastDay !== null && lastDay < days.end && lastDay >= days.start;
  const from = starts ? `, data from ${formatBucket(firstDay)}` : "";
  return `${formatDays(days)}${from}${ends ? `, data to ${formatBucket(lastDay)}` : ""}`;
}

export function Totals(props: TotalsProps): JSX.Element {
  const { total, before, units, days, daysBefore, bounds, measure, groups, groupLabel, onExplain } = props;
  const money = total && { value: toText(total), units };
  const waiting = <Skeleton width="9rem" fontSize="2xl" screenreaderText="Loading the total" />;
  const known = before !== null && typeof before !== "string";
  return (
    <Card component="section" aria-label="Totals">
      <CardBody>
        <dl className="ts-facts">
          <Fact name={`Total, ${measure}`} detail={daysShown(days, bounds)}>
            {money ? (
              <span className="ts-total">
                <Amount money={money} of="the total" onExplain={onExplain} />
                <CopyButton text={money.value} label={`Copy ${formatExact(money)}`} />
              </span>
            ) : (
              waiting
            )}
          </Fact>
          <Fact
            name="Change to the period before"
            detail={typeof before === "string" ? before : `compared with ${daysShown(daysBefore, bounds)}`}
          >
            {total && (known || typeof before === "string") ? (
              <Change cost={total} before={known ? before : null} units={units} />
            ) : (
              waiting
            )}
          </Fact>
          <Fact name={groupLabel} detail="groups with cost">
            {total ? formatCount(groups) : waiting}
          </Fact>
        </dl>
      </CardBody>
    </Card>
  );
}
