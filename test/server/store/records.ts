import type { DeployPlan } from '../../../protocol/deployment.ts'
import type {
  AllocationRecord,
  CommandRecord,
  DeploymentRecord,
  InspectionRecord,
  MachineRecord,
  SessionRecord,
} from '../../../server/store/records.ts'

/** Made records for tests of the store. */
export function machineRecord(id: string, changes: Partial<MachineRecord> = {}): MachineRecord {
  return {
    id,
    generation: 1,
    state: 'enrolled',
    stateSinceMs: 1,
    flags: [],
    reason: null,
    eraseDue: null,
    name: null,
    labels: { rack: 'r1' },
    claims: { smbiosUuid: null, systemSerial: `S-${id}`, baseboardSerial: null, macs: [] },
    createdAtMs: 1,
    approvedBy: null,
    sessionId: null,
    inspectionId: null,
    phase: null,
    lastSeenAtMs: null,
    goneSinceMs: null,
    address: null,
    shape: null,
    attributes: {},
    inventoryRevision: 0,
    allocationId: null,
    deploymentId: null,
    fencingToken: 0,
    epoch: 0,
    running: null,
    wakeAtMs: null,
    ...changes,
  }
}

export function sessionRecord(id: string, machineId: string): SessionRecord {
  return {
    id,
    generation: 1,
    machineId,
    publicKey: `key-${id}`,
    ackedSeq: 0,
    startedAtMs: 1,
    supersededAtMs: null,
    agentVersion: '1',
    architecture: 'x64',
    bootId: null,
    address: '10.0.0.1',
  }
}

export function inspectionRecord(id: string, machineId: string): InspectionRecord {
  return {
    id,
    generation: 1,
    machineId,
    sessionId: 's1',
    step: 'discovering',
    classes: [],
    findingCount: 0,
    ordersSent: 0,
    startedAtMs: 1,
    endedAtMs: null,
  }
}

export function allocationRecord(
  id: string,
  machineIds: readonly string[],
  changes: Partial<AllocationRecord> = {},
): AllocationRecord {
  return {
    id,
    generation: 1,
    state: 'reserved',
    owner: 'tester',
    tenant: 'tester',
    priority: 0,
    request: { roles: [] },
    image: null,
    leaseSeconds: 60,
    holdSeconds: 60,
    noticeSeconds: 15,
    graceSeconds: 0,
    confirmsItself: true,
    reservationId: null,
    members: machineIds.map((machineId) => ({
      machineId,
      role: 'node',
      fencingToken: 1,
      deploymentId: null,
      held: true,
      givenBackAtMs: null,
    })),
    explanation: null,
    createdAtMs: 1,
    queuedAtMs: null,
    waitUntilMs: null,
    holdUntilMs: 5,
    leaseUntilMs: null,
    ending: 'released',
    error: null,
    wakeAtMs: 5,
    ...changes,
  }
}

export function deploymentRecord(
  id: string,
  machineId: string,
  allocationId: string,
): DeploymentRecord {
  return {
    id,
    generation: 1,
    machineId,
    allocationId,
    state: 'waiting',
    attempt: 0,
    commandId: null,
    image: { name: 'lab', version: '1' },
    disk: null,
    reportTokenHash: null,
    error: null,
    startedAtMs: 1,
    notBeforeMs: 1,
    endedAtMs: null,
  }
}

const plan: DeployPlan = {
  image: {
    name: 'lab',
    version: '1',
    indexDigest: 'a'.repeat(64),
    indexUrl: 'http://server.test/index.json',
    blobUrl: 'http://server.test/blob.zst',
  },
  disk: {
    transport: 'nvme',
    serial: 'S1',
    wwn: null,
    model: 'Made',
    sizeBytes: 1024,
    logicalBlockSizeBytes: 512,
  },
  seed: null,
}

export function commandRecord(
  id: string,
  machineId: string,
  changes: Partial<CommandRecord> = {},
): CommandRecord {
  return {
    id,
    generation: 1,
    machineId,
    deploymentId: 'd1',
    allocationId: 'a1',
    sessionId: 's1',
    epoch: 1,
    state: 'preparing',
    plan,
    diskDigest: 'd'.repeat(64),
    planDigest: 'e'.repeat(64),
    evidence: null,
    commit: null,
    error: null,
    createdAtMs: 1,
    touchedAtMs: 1,
    endedAtMs: null,
    ...changes,
  }
}
