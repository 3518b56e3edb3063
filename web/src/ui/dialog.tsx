/** A modal dialog, by the browser's own element. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

/** A modal dialog. It is open as long as it is rendered. */
export function Dialog(props: {
  heading: string;
  children: ComponentChildren;
  /** Escape was pressed, or the ground beside it. */
  onDismiss: () => void;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const headingId = useId();
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // Opening goes to the first control, which may lie further down.
    dialog?.scrollTo(0, 0);
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={headingId}
      onCancel={(event) => {
        event.preventDefault();
        props.onDismiss();
      }}
      onClose={() => {
        // A browser may close it in spite of the above, on a second Escape.
        const dialog = element.current;
        if (dialog?.isConnected && !dialog.open) dialog.showModal();
      }}
      onClick={(event) => {
        if (event.target === element.current) props.onDismiss();
      }}
    >
      <div class="dialog-body">
        <h2 id={headingId}>{props.heading}</h2>
        {props.children}
      </div>
    </dialog>
  );
}
