import { useEffect, useState } from 'preact/hooks'
import type { Client } from '../../protocol/client.ts'
import { type DeviceNames, noDeviceNames } from '../../protocol/device-names.ts'

/**
 * What the ids in a machine stand for, fetched again when `version` changes. Without them, or before
 * they come, the page shows ids.
 */
export function useDeviceNames(client: Client, machineId: string, version: string): DeviceNames {
  const [names, setNames] = useState(noDeviceNames)
  useEffect(() => {
    let isOpen = true
    client.machines.deviceNames(machineId).then(
      (answer) => isOpen && setNames(answer),
      () => undefined,
    )
    return () => {
      isOpen = false
    }
  }, [client, machineId, version])
  return names
}
