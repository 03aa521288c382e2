/** A drop-down of choices in groups, with a search field when there are many. */
import {
  Divider,
  MenuSearch,
  MenuSearchInput,
  MenuToggle,
  SearchInput,
  Select,
  SelectGroup,
  SelectList,
  SelectOption,
} from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";
import { useRef, useState } from "react";
import type { Term } from "../api/types";
import { WAY_DOWN } from "./state";

const SEARCH_FROM = 10;

export interface Choices {
  readonly label: string;
  readonly terms: readonly Term[];
}

export interface ChoiceMenuProps {
  /** What is chosen, read before the choice: "Group by". */
  readonly label: string;
  readonly value: string;
  readonly groups: readonly Choices[];
  readonly onChoose: (key: string) => void;
  readonly icon?: ReactNode;
}

function matching(groups: readonly Choices[], typed: string): Choices[] {
  const needle = typed.trim().toLowerCase();
  return groups
    .map(({ label, terms }) => ({ label, terms: terms.filter((term) => term.label.toLowerCase().includes(needle)) }))
    .filter((group) => group.terms.length > 0);
}

type OptionsProps = Pick<ChoiceMenuProps, "label" | "groups" | "value">;

function Options({ label, groups, value }: OptionsProps): JSX.Element {
  const options = (name: string, terms: readonly Term[]): JSX.Element => (
    <SelectList aria-label={name}>
      {terms.map((term) => (
        <SelectOption key={term.key} value={term.key} isSelected={term.key === value}>
          {term.label}
        </SelectOption>
      ))}
    </SelectList>
  );
  if (groups.length === 0) {
    return (
      <SelectList aria-label={label}>
        <SelectOption isDisabled>Nothing matches</SelectOption>
      </SelectList>
    );
  }
  if (groups.length === 1 && groups[0]) return options(label, groups[0].terms);
  return (
    <>
      {groups.map((group) => (
        <SelectGroup key={group.label} label={group.label}>
          {options(group.label, group.terms)}
        </SelectGroup>
      ))}
    </>
  );
}

const SHORT_LIST = 12;

/** What may be named: few columns as they are, of many those that are asked for most before the tags and the rest. */
export function choicesOf(named: readonly Term[], tagKeys: readonly string[]): Choices[] {
  const tags = { label: "Tags", terms: tagKeys.map((key) => ({ key: `tag:${key}`, label: `${key} (tag)` })) };
  const often = named.length > SHORT_LIST ? named.filter((term) => WAY_DOWN.includes(term.key)) : [];
  const others = named.filter((term) => !often.includes(term));
  const columns = { label: often.length > 0 ? "Other columns" : "Columns", terms: others };
  const groups = often.length > 0 ? [{ label: "Asked most", terms: often }, tags, columns] : [columns, tags];
  return groups.filter((group) => group.terms.length > 0);
}

export function labelFor(groups: readonly Choices[], key: string): string {
  return groups.flatMap((group) => group.terms).find((term) => term.key === key)?.label ?? key;
}

export function ChoiceMenu({ label, value, groups, onChoose, icon }: ChoiceMenuProps): JSX.Element {
  const toggle = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const searchable = groups.reduce((count, group) => count + group.terms.length, 0) >= SEARCH_FROM;
  const shown = labelFor(groups, value);
  const setVisible = (visible: boolean): void => {
    setOpen(visible);
    setTyped("");
  };
  return (
    <Select
      isOpen={isOpen}
      selected={value}
      onSelect={(_event, key) => {
        onChoose(String(key));
        setVisible(false);
        toggle.current?.focus();
      }}
      onOpenChange={setVisible}
      shouldFocusFirstItemOnOpen={!searchable}
      isScrollable
      maxMenuHeight="26rem"
      toggle={{
        toggleRef: toggle,
        toggleNode: (
          <MenuToggle
            ref={toggle}
            isExpanded={isOpen}
            onClick={() => setVisible(!isOpen)}
            icon={icon}
            aria-label={`${label}: ${shown}`}
          >
            <span className="ts-subtle">{label}</span> {shown}
          </MenuToggle>
        ),
      }}
    >
      {searchable && (
        <>
          <MenuSearch>
            <MenuSearchInput>
              <SearchInput
                value={typed}
                onChange={(_event, text) => setTyped(text)}
                onClear={() => setTyped("")}
                aria-label={`Search ${label.toLowerCase()}`}
                placeholder="Search"
              />
            </MenuSearchInput>
          </MenuSearch>
          <Divider />
        </>
      )}
      <Options label={label} groups={matching(groups, typed)} value={value} />
    </Select>
  );
}
