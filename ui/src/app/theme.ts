/** Light or dark: what the reader chose, else what the system prefers. */
import { createContext, useContext, useEffect, useState } from "react";

export type Theme = "light" | "dark";

export interface ThemeState {
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
}

const STORED = "tallystick.theme";
const DARK_CLASS = "pf-v6-theme-dark";

export const ThemeContext = createContext<ThemeState>({ theme: "light", setTheme: () => undefined });

function initial(): Theme {
  const stored = localStorage.getItem(STORED);
  if (stored === "light" || stored === "dark") return stored;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function useThemeState(): ThemeState {
  const [theme, show] = useState<Theme>(initial);
  useEffect(() => {
    document.documentElement.classList.toggle(DARK_CLASS, theme === "dark");
    document.documentElement.style.colorScheme = theme;
  }, [theme]);
  return {
    theme,
    setTheme: (chosen) => {
      localStorage.setItem(STORED, chosen);
      show(chosen);
    },
  };
}

export function useTheme(): ThemeState {
  return useContext(ThemeContext);
}
