/** A field for a filter's value that suggests what the data has, costliest first; any other text may be typed too. */
import {
  MenuToggle,
  Select,
  SelectList,
  SelectOption,
  TextInputGroup,
  TextInputGroupMain,
} from "@patternfly/react-core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { JSX, KeyboardEvent } from "react";
import { useEffect, useState } from "react";
import { getJson } from "../api/client";
import type { Report } from "../api/types";
import type { Question } from "./question";
import { reportPath, valuesQuery } from "./question";
import type { Row } from "./rows";
import { tableRows } from "./rows";

const PAUSE = 250;

function useSettled(text: string): string {
  const [settled, settle] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => settle(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function useSuggestions(question: Question, key: string, typed: string, enabled: boolean): readonly Row[] {
  const query = valuesQuery(question, key, useSettled(typed.trim()));
  const path = reportPath(question.provider);
  const { data } = useQuery({
    queryKey: ["values", path, query],
    queryFn: ({ signal }) => getJson<Report>(path, query, signal),
    enabled,
    placeholderData: keepPreviousData,
  });
  return data ? tableRows(data, key, null).filter((row) => row.kind === "value") : [];
}

export interface ValueInputProps {
  readonly question: Question;
  readonly filterKey: string;
  /** Whether only whole values of the data make sense (is, not), or any part of one. */
  readonly whole: boolean;
  readonly label: string;
  readonly onChoose: (value: string) => void;
}

export function ValueInput({ question, filterKey, whole, label, onChoose }: ValueInputProps): JSX.Element {
  const [typed, setTyped] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const suggestions = useSuggestions(question, filterKey, typed, isOpen);
  const close = (): void => {
    setOpen(false);
    setActive(-1);
  };
  const choose = (value: string): void => {
    if (value.trim()) onChoose(value.trim());
    setTyped("");
    close();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      const count = suggestions.length;
      if (count > 0) setActive((active + step + count + (active < 0 && step < 0 ? 1 : 0)) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const only = whole && suggestions.length === 1 ? suggestions[0]?.name : undefined;
      choose(suggestions[active]?.name ?? only ?? typed);
    } else if (event.key === "Escape" || event.key === "Tab") {
      close();
    }
  };
  return (
    <Select
      isOpen={isOpen}
      onSelect={(_event, value) => choose(String(value))}
      onOpenChange={(open) => !open && close()}
      variant="typeahead"
      isScrollable
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="typeahead"
          isExpanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          aria-label={`${label}: suggestions`}
        >
          <TextInputGroup isPlain>
            <TextInputGroupMain
              value={typed}
              onClick={() => setOpen(true)}
              onChange={(_event, text) => {
                setTyped(text);
                setActive(-1);
                setOpen(true);
              }}
              onKeyDown={onKeyDown}
              autoComplete="off"
              placeholder={whole ? "Value" : "Part of a value"}
              role="combobox"
              isExpanded={isOpen}
              aria-controls="filter-values"
              aria-label={label}
              {...(active >= 0 ? { "aria-activedescendant": `filter-value-${active}` } : {})}
            />
          </TextInputGroup>
        </MenuToggle>
      )}
    >
      <SelectList id="filter-values" aria-label={label}>
        {suggestions.map((row, index) => (
          <SelectOption
            key={row.name}
            id={`filter-value-${index}`}
            value={row.name}
            isFocused={index === active}
            {...(row.alias ? { description: row.alias } : {})}
          >
            {row.name}
          </SelectOption>
        ))}
        {suggestions.length === 0 && <SelectOption isDisabled>{typed ? "Nothing matches" : "No values"}</SelectOption>}
      </SelectList>
    </Select>
  );
}
