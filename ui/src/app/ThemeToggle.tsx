import { ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import MoonIcon from "@patternfly/react-icons/dist/esm/icons/moon-icon";
import SunIcon from "@patternfly/react-icons/dist/esm/icons/sun-icon";
import type { JSX } from "react";
import { useTheme } from "./theme";

export function ThemeToggle(): JSX.Element {
  const { theme, setTheme } = useTheme();
  return (
    <ToggleGroup aria-label="Theme">
      <ToggleGroupItem
        aria-label="Light theme"
        icon={<SunIcon />}
        isSelected={theme === "light"}
        onChange={() => setTheme("light")}
      />
      <ToggleGroupItem
        aria-label="Dark theme"
        icon={<MoonIcon />}
        isSelected={theme === "dark"}
        onChange={() => setTheme("dark")}
      />
    </ToggleGroup>
  );
}
