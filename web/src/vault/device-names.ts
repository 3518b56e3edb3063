/** Devices by the names that their owner gave them. */

import { useEffect, useState } from "preact/hooks";
import type { DeviceView } from "@lockstep/vault";
import { vault } from "./connection.ts";

/** Tells a device's name, as soon as it is known; `null` if it is not. */
export function useDeviceNames(): (deviceId: string | null) => string | null {
  const [devices, setDevices] = useState<readonly DeviceView[]>([]);
  useEffect(() => {
    // Without the server there are no names; nothing else depends on them.
    vault()
      .devices()
      .then(setDevices, () => undefined);
  }, []);
  return (deviceId) => {
    const found = devices.find((device) => device.device_id === deviceId);
    return found === undefined ? null : found.current ? "this device" : found.name;
  };
}
