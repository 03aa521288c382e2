/** The shown question as a CSV file: the server's own, every row and every digit. */
import { useState } from "react";
import { getCsv } from "../api/client";
import { labelOf } from "./state";
import type { Question } from "./question";
import { exportQuery, reportPath } from "./question";

export interface Export {
  readonly exporting: boolean;
  readonly failed: Error | null;
  readonly startExport: () => void;
}

export function fileName(question: Question): string {
  const group = labelOf(question.group).replace(/[^\w-]+/g, "-");
  return `tallystick-${question.provider}-${group}-${question.days.start}-${question.days.end}.csv`;
}

function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function useExport(question: Question): Export {
  const [exporting, setExporting] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  const startExport = (): void => {
    setExporting(true);
    setFailed(null);
    getCsv(reportPath(question.provider), exportQuery(question))
      .then((content) => save(content, fileName(question)))
      .catch((reason: unknown) => setFailed(reason instanceof Error ? reason : new Error(String(reason))))
      .finally(() => setExporting(false));
  };
  return { exporting, failed, startExport };
}
