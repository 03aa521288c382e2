/** How fresh the shown data is, in the masthead; a new release makes every shown number be asked again. */
import {
  Button,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Label,
  Popover,
} from "@patternfly/react-core";
import CheckIcon from "@patternfly/react-icons/dist/esm/icons/check-circle-icon";
import ClockIcon from "@patternfly/react-icons/dist/esm/icons/clock-icon";
import SyncIcon from "@patternfly/react-icons/dist/esm/icons/sync-alt-icon";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { JSX } from "react";
import { useEffect, useRef, useState } from "react";
import { getJson } from "../api/client";
import type { Freshness } from "../api/types";
import { formatCount } from "../money/format";
import { formatMoment, relativeTime } from "./time";

const ASK_EVERY = 30_000;

function useNow(): Date {
  const [now, tick] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => tick(new Date()), ASK_EVERY);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function useFreshness(): Freshness | null {
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ["freshness"],
    queryFn: ({ signal }) => getJson<Freshness>("/api/tallystick/v1/freshness/", [], signal),
    refetchInterval: ASK_EVERY,
  });
  const seen = useRef<string | null>(null);
  useEffect(() => {
    if (!data) return;
    const moved = seen.current !== null && seen.current !== data.release;
    seen.current = data.release;
    if (moved) void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "freshness" });
  }, [data, queries]);
  return data ?? null;
}

function Details({ freshness }: { readonly freshness: Freshness }): JSX.Element {
  const stale = Number(freshness.stale_partitions);
  const facts: [string, string][] = [
    ["Release", formatCount(Number(freshness.release))],
    ["Released", freshness.released_at ? formatMoment(freshness.released_at) : "nothing yet"],
    ["Last delivery", freshness.last_delivery_at ? formatMoment(freshness.last_delivery_at) : "none yet"],
    ["Sources", formatCount(Number(freshness.sources))],
    ["Partitions to recompute", stale === 0 ? "none" : formatCount(stale)],
  ];
  return (
    <DescriptionList
      isHorizontal
      isCompact
      aria-label="Freshness of the data"
      horizontalTermWidthModifier={{ default: "11ch" }}
    >
      {facts.map(([term, description]) => (
        <DescriptionListGroup key={term}>
          <DescriptionListTerm>{term}</DescriptionListTerm>
          <DescriptionListDescription>{description}</DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}

export function FreshnessBadge(): JSX.Element | null {
  const freshness = useFreshness();
  const now = useNow();
  if (!freshness) return null;
  const released = freshness.released_at;
  const stale = Number(freshness.stale_partitions);
  const shown = released ? relativeTime(released, now) : "No data yet";
  const meaning = released ? `Updated ${shown}${stale > 0 ? `, ${stale} partitions to recompute` : ""}` : shown;
  return (
    <Popover
      headerContent="Freshness"
      bodyContent={<Details freshness={freshness} />}
      position="bottom-end"
      minWidth="20rem"
    >
      <Button variant="plain" hasNoPadding aria-label={meaning}>
        <Label
          color={!released ? "grey" : stale > 0 ? "orange" : "green"}
          icon={!released ? <ClockIcon /> : stale > 0 ? <SyncIcon /> : <CheckIcon />}
          variant="outline"
        >
          <span className="ts-wide">{released ? "Updated " : ""}</span>
          {shown}
        </Label>
      </Button>
    </Popover>
  );
}
