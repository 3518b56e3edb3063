/** Where short messages appear. */

import { Icon } from "./icons.tsx";
import { dismissToast, toasts } from "./toasts.ts";

/** The messages, read out politely. */
export function ToastStack() {
  return (
    <div class="toasts" aria-live="polite">
      {toasts.value.map((toast) => (
        <div class="toast" key={toast}>
          <p>{toast.text}</p>
          {toast.action && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                dismissToast(toast);
                toast.action?.run();
              }}
            >
              {toast.action.name}
            </button>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => dismissToast(toast)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
