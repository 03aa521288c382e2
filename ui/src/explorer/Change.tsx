/** The change to the period before: percent and amount, with an arrow; colour never says it alone. */
import { Tooltip } from "@patternfly/react-core";
import DownIcon from "@patternfly/react-icons/dist/esm/icons/arrow-down-icon";
import UpIcon from "@patternfly/react-icons/dist/esm/icons/arrow-up-icon";
import type { JSX } from "react";
import type { Decimal } from "../money/decimal";
import { compare, subtract, toText, ZERO } from "../money/decimal";
import { formatChange, formatExact, formatPercentChange } from "../money/format";

export interface ChangeProps {
  readonly cost: Decimal;
  readonly before: Decimal | null;
  readonly units: string;
}

export function Change({ cost, before, units }: ChangeProps): JSX.Element {
  if (!before)
    return (
      <span className="ts-subtle" title="Not known for the period before">
        –
      </span>
    );
  const change = subtract(cost, before);
  const direction = compare(change, ZERO);
  const percent = formatPercentChange(change, before);
  const money = { value: toText(change), units };
  const label = percent ?? (direction === 0 ? "0%" : "new");
  return (
    <Tooltip content={`${formatExact(money)}; before: ${formatExact({ value: toText(before), units })}`} aria="none">
      <span className="ts-change">
        <span className={direction > 0 ? "ts-up" : direction < 0 ? "ts-down" : "ts-subtle"}>
          {direction > 0 && <UpIcon />}
          {direction < 0 && <DownIcon />} {label}
        </span>{" "}
        <span className="ts-number ts-subtle">{formatChange(money)}</span>
      </span>
    </Tooltip>
  );
}
