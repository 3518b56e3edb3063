/** How much room the vault takes on this device, and whether it may stay. */

import { useEffect, useState } from "preact/hooks";
import { sizeText } from "../ui/times.ts";

interface Room {
  usedBytes: number | null;
  /** Whether the browser promised not to clear it by itself. */
  promised: boolean;
}

/** The section. */
export function Storage() {
  const [room, setRoom] = useState<Room | null>(null);
  const look = (): void => {
    // Old browsers may lack any of this; then nothing is said about it.
    Promise.all([navigator.storage.estimate(), navigator.storage.persisted()]).then(
      ([estimate, promised]) => setRoom({ usedBytes: estimate.usage ?? null, promised }),
      () => setRoom(null),
    );
  };
  useEffect(look, []);
  if (!room) return null;
  return (
    <section aria-labelledby="storage">
      <h2 id="storage">Storage on this device</h2>
      <p>
        {room.usedBytes !== null && <>{sizeText(room.usedBytes)} in use. </>}
        {room.promised
          ? "The browser keeps it until you sign out."
          : "The browser may clear it when the device runs short of space. What is on the server can be fetched again."}
      </p>
      {!room.promised && (
        <button
          type="button"
          class="button"
          onClick={() => void navigator.storage.persist().then(look)}
        >
          Ask to keep it
        </button>
      )}
    </section>
  );
}
