import type { MachineSummary } from '../../../protocol/api.ts'

/** A machine of which hardly anything is known. */
export function machine(changes: Partial<MachineSummary>): MachineSummary {
  return {
    id: 'm',
    name: null,
    state: 'enrolled',
    flags: [],
    reason: null,
    connected: true,
    phase: null,
    lastSeenAtMs: null,
    address: null,
    labels: {},
    shape: null,
    claims: { smbiosUuid: null, systemSerial: null, baseboardSerial: null, macs: [] },
    attributes: {},
    allocationId: null,
    fencingToken: 0,
    generation: 1,
    activity: null,
    telemetry: null,
    running: null,
    createdAtMs: 0,
    ...changes,
  }
}
