/** The server's error bodies (two families, see docs of the API) as sentences for a reader. */

function leaves(value: unknown, path: readonly string[]): string[] {
  if (typeof value === "string") return [path.length > 0 ? `${path.join(" › ")}: ${value}` : value];
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, path));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => leaves(item, isNoise(key) ? path : [...path, key]));
  }
  return [];
}

/** Keys that say nothing to a reader: list positions and the names of the envelope. */
function isNoise(key: string): boolean {
  return /^\d+$/.test(key) || ["error", "errors", "detail", "non_field_errors"].includes(key);
}

interface Standard {
  readonly errors: readonly { readonly detail?: string; readonly source?: string | null }[];
}

function isStandard(body: unknown): body is Standard {
  return typeof body === "object" && body !== null && "errors" in body && Array.isArray(body.errors);
}

export function describeProblem(text: string, status: number): string {
  const fallback = `The server answered with status ${status}.`;
  try {
    const body: unknown = JSON.parse(text);
    const found = isStandard(body) ? body.errors.flatMap((error) => error.detail ?? []) : leaves(body, []);
    return found.length > 0 ? [...new Set(found)].join("\n") : fallback;
  } catch {
    return fallback;
  }
}
