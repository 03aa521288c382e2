/** Adding filters (key, comparison, value), and the filters in force as chips that can be taken away. */
import { Button, Label, LabelGroup, ToolbarGroup, ToolbarItem } from "@patternfly/react-core";
import FilterIcon from "@patternfly/react-icons/dist/esm/icons/filter-icon";
import type { JSX } from "react";
import { useState } from "react";
import type { Choices } from "./ChoiceMenu";
import { ChoiceMenu, labelFor } from "./ChoiceMenu";
import type { Question } from "./question";
import type { Filter, Operator } from "./state";
import { ANY, OPERATORS } from "./state";
import { ValueInput } from "./ValueInput";

const WORDS: Readonly<Record<Operator, string>> = {
  is: "equals",
  not: "does not equal",
  has: "includes",
  lacks: "excludes",
};
const OPERATOR_CHOICES: readonly Choices[] = [
  { label: "Comparison", terms: OPERATORS.map((key) => ({ key, label: WORDS[key] })) },
];

export interface FilterFormProps {
  readonly question: Question;
  readonly keys: readonly Choices[];
  readonly onAdd: (filter: Filter) => void;
}

export function FilterForm({ question, keys, onAdd }: FilterFormProps): JSX.Element {
  const [chosen, setChosen] = useState<string | null>(null);
  const [operator, setOperator] = useState<Operator>("is");
  const known = keys.flatMap((group) => group.terms).map((term) => term.key);
  const key =
    chosen && known.includes(chosen)
      ? chosen
      : (known.find((item) => item === question.group) ?? known[0] ?? "service");
  return (
    <ToolbarGroup className="ts-filter-form" gap={{ default: "gapSm" }} role="group" aria-label="Add a filter">
      <ToolbarItem>
        <ChoiceMenu label="Filter" value={key} groups={keys} onChoose={setChosen} icon={<FilterIcon />} />
      </ToolbarItem>
      <ToolbarItem>
        <ChoiceMenu
          label="that"
          value={operator}
          groups={OPERATOR_CHOICES}
          onChoose={(word) => setOperator(OPERATORS.find((item) => item === word) ?? "is")}
        />
      </ToolbarItem>
      <ToolbarItem>
        <ValueInput
          key={key}
          question={question}
          filterKey={key}
          whole={operator === "is" || operator === "not"}
          label={`${labelFor(keys, key)} ${WORDS[operator]}`}
          onChoose={(value) => onAdd({ operator, key, value })}
        />
      </ToolbarItem>
    </ToolbarGroup>
  );
}

export interface ChipsProps {
  readonly filters: readonly Filter[];
  readonly keys: readonly Choices[];
  readonly onRemove: (filter: Filter) => void;
  readonly onClear: () => void;
}

/** One group of chips for each key and comparison, as values of one key are alternatives. */
export function FilterChips({ filters, keys, onRemove, onClear }: ChipsProps): JSX.Element | null {
  if (filters.length === 0) return null;
  const groups = Map.groupBy(filters, (filter) => `${labelFor(keys, filter.key)} ${WORDS[filter.operator]}`);
  return (
    <div className="ts-chips" role="region" aria-label="Filters in force">
      {[...groups].map(([name, members]) => (
        <LabelGroup key={name} categoryName={name} numLabels={6}>
          {members.map((filter) => (
            <Label
              key={filter.value}
              variant="outline"
              onClose={() => onRemove(filter)}
              closeBtnAriaLabel={`Remove filter ${name} ${filter.value}`}
            >
              {filter.value === ANY ? "any value" : filter.value}
            </Label>
          ))}
        </LabelGroup>
      ))}
      <Button variant="link" isInline onClick={onClear}>
        Clear filters
      </Button>
    </div>
  );
}
