/** What the page shows instead of numbers: nothing delivered yet, nothing matches, or the server refused. */
import {
  Alert,
  AlertActionLink,
  Bullseye,
  Button,
  ClipboardCopy,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  Spinner,
} from "@patternfly/react-core";
import CubesIcon from "@patternfly/react-icons/dist/esm/icons/cubes-icon";
import SearchIcon from "@patternfly/react-icons/dist/esm/icons/search-icon";
import type { JSX } from "react";

export function Loading(): JSX.Element {
  return (
    <Bullseye className="ts-loading">
      <Spinner aria-label="Loading" />
    </Bullseye>
  );
}

export function NoDeliveries({ what }: { readonly what: string }): JSX.Element {
  return (
    <EmptyState titleText={`No ${what} yet`} headingLevel="h2" icon={CubesIcon}>
      <EmptyStateBody>
        Give Tallystick a bill: an AWS cost and usage report or any FOCUS export, as a file, a folder or an s3://
        address.
      </EmptyStateBody>
      <EmptyStateFooter>
        <ClipboardCopy
          isReadOnly
          hoverTip="Copy"
          clickTip="Copied"
          textAriaLabel="Command that takes in a bill"
          className="ts-command"
        >
          tally ingest bill.csv.gz
        </ClipboardCopy>
      </EmptyStateFooter>
    </EmptyState>
  );
}

export interface NothingFoundProps {
  readonly days: string;
  readonly filtered: boolean;
  readonly onClear: () => void;
  readonly onAll: () => void;
}

export function NothingFound({ days, filtered, onClear, onAll }: NothingFoundProps): JSX.Element {
  return (
    <EmptyState titleText="No cost here" headingLevel="h2" icon={SearchIcon}>
      <EmptyStateBody>
        {filtered ? `Nothing matches the filters on ${days}.` : `Nothing was billed on ${days}.`}
      </EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          {filtered && (
            <Button variant="primary" onClick={onClear}>
              Clear filters
            </Button>
          )}
          <Button variant={filtered ? "link" : "primary"} onClick={onAll}>
            Show all data
          </Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}

export interface ProblemProps {
  readonly title: string;
  readonly error: Error;
  readonly onRetry: () => void;
  readonly onReset?: () => void;
}

export function Problem({ title, error, onRetry, onReset }: ProblemProps): JSX.Element {
  return (
    <Alert
      variant="danger"
      isInline
      title={title}
      component="h2"
      actionLinks={
        <>
          <AlertActionLink onClick={onRetry}>Try again</AlertActionLink>
          {onReset && <AlertActionLink onClick={onReset}>Start over</AlertActionLink>}
        </>
      }
    >
      {error.message.split("\n").map((line) => (
        <p key={line}>{line}</p>
      ))}
    </Alert>
  );
}
