/** How safe what is on the screen is, in words. */

import type { IconName } from "../ui/icons.tsx";
import { Icon } from "../ui/icons.tsx";
import type { Draft, Safety } from "./draft.ts";

/** The words. Troubles are told by an alert; this only stands beside them. */
export function SaveState({ draft }: { draft: Draft }) {
  const { icon, text } = say(draft.safety.value);
  return (
    <div class="save-state" data-is={draft.safety.value.is}>
      {icon && <Icon name={icon} />}
      <span role="status" aria-label="Save state" aria-live="off">
        {text}
      </span>
    </div>
  );
}

function say(safety: Safety): { icon: IconName | null; text: string } {
  switch (safety.is) {
    case "empty":
      return { icon: null, text: "" };
    case "saving":
      return { icon: "pen", text: "Saving…" };
    case "failed":
      return { icon: "warning", text: "Not saved" };
    case "saved":
      return safety.where === "on_server"
        ? { icon: "cloud_done", text: "Saved on the server" }
        : { icon: "disk", text: "Saved on this device" };
  }
}
