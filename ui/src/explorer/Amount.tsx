/** An amount: rounded on screen, exact to the last digit on hover and copy, and a button that opens what is behind it. */
import { Button, Tooltip } from "@patternfly/react-core";
import CopyIcon from "@patternfly/react-icons/dist/esm/icons/copy-icon";
import type { JSX } from "react";
import { useState } from "react";
import type { Money } from "../money/format";
import { formatExact, formatMoney } from "../money/format";

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    });
  };
  return (
    <Tooltip content={copied ? "Copied" : label} aria="none" aria-live="polite">
      <Button variant="plain" size="sm" className="ts-copy" aria-label={label} icon={<CopyIcon />} onClick={copy} />
    </Tooltip>
  );
}

export interface AmountProps {
  readonly money: Money;
  /** What the number is, for the name of its button: "AmazonEC2". */
  readonly of: string;
  readonly onExplain?: (() => void) | undefined;
}

export function Amount({ money, of, onExplain }: AmountProps): JSX.Element {
  const shown = formatMoney(money);
  if (!onExplain) {
    return (
      <Tooltip content={formatExact(money)} aria="none">
        <span className="ts-number">{shown}</span>
      </Tooltip>
    );
  }
  return (
    <Tooltip content={formatExact(money)} aria="none">
      <Button variant="link" isInline className="ts-number" onClick={onExplain} aria-label={`${shown}, explain ${of}`}>
        {shown}
      </Button>
    </Tooltip>
  );
}
