/** The date range: named ranges, or two days of the reader's own. */
import {
  Button,
  Divider,
  Dropdown,
  DropdownItem,
  DropdownList,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  MenuToggle,
  TextInput,
} from "@patternfly/react-core";
import CalendarIcon from "@patternfly/react-icons/dist/esm/icons/calendar-alt-icon";
import type { JSX } from "react";
import { useRef, useState } from "react";
import type { Bounds, Days, Preset, Range } from "./dates";
import { formatDays, isDay, PRESETS, resolveRange } from "./dates";

const NAMES: Readonly<Record<Preset, string>> = {
  "this-month": "This month",
  "latest-month": "Latest month with data",
  "previous-month": "Previous month",
  "30d": "Last 30 days",
  "90d": "Last 90 days",
  all: "All data",
};

export interface RangeMenuProps {
  readonly range: Range;
  readonly days: Days;
  readonly bounds: Bounds;
  readonly onChoose: (range: Range) => void;
}

interface DayFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly bounds: Bounds;
  readonly onChange: (day: string) => void;
}

function DayField({ id, label, value, bounds, onChange }: DayFieldProps): JSX.Element {
  const last = bounds.lastDay && bounds.lastDay > bounds.today ? bounds.lastDay : bounds.today;
  return (
    <FormGroup label={label} fieldId={id}>
      <TextInput
        id={id}
        type="date"
        value={value}
        min={bounds.firstDay ?? undefined}
        max={last}
        onChange={(_event, text) => onChange(text)}
      />
    </FormGroup>
  );
}

function CustomDays({ days, bounds, onChoose }: Omit<RangeMenuProps, "range">): JSX.Element {
  const [start, setStart] = useState(days.start);
  const [end, setEnd] = useState(days.end);
  const complete = isDay(start) && isDay(end);
  const valid = complete && start <= end;
  return (
    <Form
      className="ts-custom-days"
      aria-label="Custom dates"
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) onChoose({ start, end });
      }}
    >
      <DayField id="range-from" label="From" value={start} bounds={bounds} onChange={setStart} />
      <DayField id="range-to" label="To (included)" value={end} bounds={bounds} onChange={setEnd} />
      {complete && !valid && (
        <FormHelperText>
          <HelperText aria-live="polite">
            <HelperTextItem variant="error">The first day is after the last.</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
      <Button type="submit" variant="primary" isDisabled={!valid}>
        Show these days
      </Button>
    </Form>
  );
}

export function RangeMenu({ range, days, bounds, onChoose }: RangeMenuProps): JSX.Element {
  const toggle = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const choose = (chosen: Range): void => {
    setOpen(false);
    onChoose(chosen);
    toggle.current?.focus();
  };
  const selected = "preset" in range ? range.preset : null;
  const name = selected ? NAMES[selected] : "Custom";
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      shouldFocusFirstItemOnOpen
      toggle={{
        toggleRef: toggle,
        toggleNode: (
          <MenuToggle
            ref={toggle}
            isExpanded={isOpen}
            onClick={() => setOpen(!isOpen)}
            icon={<CalendarIcon />}
            aria-label={`Dates: ${name}, ${formatDays(days)}`}
          >
            {name} <span className="ts-subtle">{formatDays(days)}</span>
          </MenuToggle>
        ),
      }}
    >
      <DropdownList>
        {PRESETS.map((preset) => (
          <DropdownItem
            key={preset}
            isSelected={preset === selected}
            onClick={() => choose({ preset })}
            description={formatDays(resolveRange({ preset }, bounds))}
          >
            {NAMES[preset]}
          </DropdownItem>
        ))}
      </DropdownList>
      <Divider />
      <CustomDays key={`${days.start}${days.end}`} days={days} bounds={bounds} onChoose={choose} />
    </Dropdown>
  );
}
