/** The one alert of the page. */

import { alertText } from "../vault/connection.ts";
import { Icon } from "./icons.tsx";

/** What went wrong last, until it is put away. */
export function Alert() {
  const text = alertText.value;
  if (text === null) return null;
  return (
    <div class="alert" role="alert">
      <Icon name="warning" />
      <p>{text}</p>
      <button
        type="button"
        class="icon-button"
        aria-label="Dismiss"
        onClick={() => (alertText.value = null)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
