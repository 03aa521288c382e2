/** Focus of a dialog: it starts inside, Tab stays inside, and closing gives it back to what opened the dialog. */
import type { RefObject } from "react";
import { useEffect } from "react";

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), [tabindex='0']";

function wrap(event: KeyboardEvent, dialog: HTMLElement): void {
  const inside = [...dialog.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((item) => item.offsetParent !== null);
  const [first, last] = [inside[0], inside.at(-1)];
  const active = document.activeElement;
  const outside = !dialog.contains(active) || active === start(dialog);
  if (event.shiftKey && (active === first || outside)) {
    event.preventDefault();
    last?.focus();
  } else if (!event.shiftKey && active === last) {
    event.preventDefault();
    first?.focus();
  }
}

/** What is read first: the element marked with tabindex -1, the dialog's title. */
function start(dialog: HTMLElement): HTMLElement | null {
  return dialog.querySelector<HTMLElement>("[tabindex='-1']");
}

/** `content` is anything inside the element with role="dialog". */
export function useDialogFocus(content: RefObject<HTMLElement | null>, onClose: () => void): void {
  useEffect(() => {
    const opener = document.activeElement;
    const dialog = content.current?.closest<HTMLElement>("[role='dialog']");
    if (dialog) start(dialog)?.focus();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, [content]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const dialog = content.current?.closest<HTMLElement>("[role='dialog']");
      if (event.key === "Escape") onClose();
      else if (event.key === "Tab" && dialog) wrap(event, dialog);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [content, onClose]);
}
