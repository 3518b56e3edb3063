/** Files and folders can be dropped anywhere on the window. */

import { useEffect, useState } from "preact/hooks";
import type { Gathered } from "./gather.ts";
import { entriesOf, gatherDropped } from "./gather.ts";

/** Listens on the whole window, and says so while something hovers over it. */
export function DropTarget({ onDrop }: { onDrop: (pile: Promise<Gathered>) => void }) {
  const [hovering, setHovering] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      setHovering(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setHovering(false);
    };
    const drop = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setHovering(false);
      onDrop(gatherDropped(entriesOf(event.dataTransfer)));
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, [onDrop]);
  if (!hovering) return null;
  return (
    <div class="drop-target">
      <p>Drop to bring them in</p>
    </div>
  );
}
