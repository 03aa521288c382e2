/**
 * Colours of the groups, by rank. Each has at least 3:1 contrast to the light and to the dark surface, and neighbours
 * differ in lightness, so that the order of a stack can be seen without telling hues apart.
 */
const RANKED: readonly string[] = [
  "#2872c9",
  "#d9730d",
  "#17908a",
  "#8460d2",
  "#a3701b",
  "#c9427d",
  "#56903a",
  "#5f7696",
];
const REST = "#8a8d90";

export function colourOf(index: number, kind: "value" | "absent" | "others"): string {
  return kind === "others" ? REST : (RANKED[index % RANKED.length] ?? REST);
}
