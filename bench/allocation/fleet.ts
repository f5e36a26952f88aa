import type { ClassedFacts, FactsOf } from '../../protocol/facts/inventory.ts'
import { termsOf } from '../../server/allocation/terms.ts'
import { stepMachine } from '../../server/machines/machine-record.ts'
import { newMachine } from '../../server/sessions/enrol.ts'
import type { AllocationRecord, MachineRecord } from '../../server/store/records.ts'
import type { Change, Store } from '../../server/store/store.ts'
import { SeededRandom } from '../fuzz/random.ts'

/** How a made fleet looks. */
export interface FleetSize {
  readonly machineCount: number
  /** Machines of each rack; racks share a leaf by five. */
  readonly rackSize: number
  /** Of ten racks so many are leased out. */
  readonly leasedOfTen: number
}

/** The product name of the one machine that is like no other. */
export const rareProduct = 'Rare'
/** In a rack that nobody leased. */
const rareAt = 100

/** Whoever has the leased racks. */
export const holder = 'tenant-of-racks'

/**
 * Writes a fleet into a store through its own door: each machine with an inspection of four classes
 * of facts and three labels, a part of them leased. The ids are made, so that two fills are equal.
 */
export async function fillStore(store: Store, size: FleetSize, nowMs: number): Promise<void> {
  const random = new SeededRandom(7)
  const { machineCount, rackSize, leasedOfTen } = size
  for (let first = 0, rack = 0; first < machineCount; first += rackSize, rack += 1) {
    const count = Math.min(rackSize, machineCount - first)
    const shape = { cores: pick(random, [16, 32, 64, 96, 128]), gib: pick(random, [128, 256, 512]) }
    const machines = Array.from({ length: count }, (_, at) =>
      machineChanges(first + at, rack, shape, nowMs),
    )
    const changes = machines.flatMap((made) => made.changes)
    const isLeased = rack % 10 < leasedOfTen
    const lease = isLeased ? leaseChanges(rack, machines, random, nowMs) : []
    await store.commit([...changes, ...lease])
  }
}

interface MadeMachine {
  readonly record: MachineRecord
  readonly changes: readonly Change[]
}

function machineChanges(
  at: number,
  rack: number,
  { cores, gib }: { readonly cores: number; readonly gib: number },
  nowMs: number,
): MadeMachine {
  const id = `machine-${String(at).padStart(7, '0')}`
  const inspectionId = `inspection-${String(at).padStart(7, '0')}`
  const enrolled = newMachine(id, claimsOf(at), nowMs)
  const told: MachineRecord = {
    ...enrolled,
    approvedBy: 'bench',
    labels: { site: `s${rack % 3}`, leaf: `l${Math.floor(rack / 5)}`, rack: `r${rack}` },
    inspectionId,
    inventoryRevision: 1,
  }
  const inspecting = { ...stepMachine(told, 'inspect', nowMs), generation: 2 }
  const record = { ...stepMachine(inspecting, 'offer', nowMs), generation: 3, wakeAtMs: null }
  const product = at === rareAt ? rareProduct : `Model ${rack % 40}`
  const facts: readonly ClassedFacts[] = [
    { class: 'system', facts: system(product, at) },
    { class: 'firmware', facts: firmware },
    { class: 'cpu', facts: cpu(cores) },
    { class: 'memory', facts: memory(gib * 2 ** 30) },
  ]
  const changes: readonly Change[] = [
    { kind: 'machine', record: told, before: null, evidence: [] },
    { kind: 'machine', record: inspecting, before: 1, evidence: [] },
    { kind: 'machine', record, before: 2, evidence: [] },
    {
      kind: 'inspection',
      before: null,
      record: {
        id: inspectionId,
        generation: 1,
        machineId: id,
        sessionId: 'bench',
        step: 'ended',
        classes: facts.map((one) => one.class),
        findingCount: 0,
        ordersSent: 1,
        startedAtMs: nowMs,
        endedAtMs: nowMs,
      },
    },
    ...facts.map((one) => ({ kind: 'facts' as const, inspectionId, ...one, elapsedSeconds: 0 })),
  ]
  return { record, changes }
}

/** All machines of a rack leased to one tenant, for some hours to come. */
function leaseChanges(
  rack: number,
  machines: readonly MadeMachine[],
  random: SeededRandom,
  nowMs: number,
): readonly Change[] {
  const id = `lease-${String(rack).padStart(6, '0')}`
  const leaseSeconds = 3600 * (1 + random.below(200)) + random.below(3600)
  const lease = { durationSeconds: leaseSeconds, priority: 0 }
  const reserved: AllocationRecord = {
    id,
    generation: 1,
    state: 'reserved',
    owner: holder,
    tenant: holder,
    ...termsOf({ ...noLease, ...lease }),
    request: null,
    image: null,
    confirmsItself: true,
    reservationId: null,
    members: machines.map(({ record }) => ({
      machineId: record.id,
      role: 'node',
      fencingToken: 1,
      deploymentId: null,
      held: true,
      givenBackAtMs: null,
    })),
    explanation: null,
    createdAtMs: nowMs,
    queuedAtMs: null,
    waitUntilMs: null,
    holdUntilMs: nowMs,
    leaseUntilMs: null,
    ending: 'released',
    error: null,
    wakeAtMs: null,
  }
  const leaseUntilMs = nowMs + leaseSeconds * 1000
  const active = { ...reserved, generation: 2, state: 'active', holdUntilMs: null } as const
  return [
    ...machines.map(({ record }): Change => {
      const held = { ...record, allocationId: id, fencingToken: 1, generation: 4 }
      return {
        kind: 'machine',
        evidence: [],
        before: 3,
        record: { ...held, state: 'allocated', stateSinceMs: nowMs },
      }
    }),
    { kind: 'allocation', record: reserved, before: null },
    { kind: 'allocation', record: { ...active, leaseUntilMs }, before: 1 },
    ...machines.map(({ record }): Change => {
      const usage = { allocationId: id, machineId: record.id, tenant: holder, shape: null }
      return { kind: 'usage-begin', usage: { ...usage, fromMs: nowMs } }
    }),
  ]
}

const noLease = {
  holdSeconds: null,
  noticeSeconds: null,
  graceSeconds: null,
  waitSeconds: null,
  queue: false,
}

function pick(random: SeededRandom, of: readonly number[]): number {
  return of[random.below(of.length)] ?? 1
}

function claimsOf(at: number): MachineRecord['claims'] {
  const serial = String(at).padStart(7, '0')
  return { smbiosUuid: null, systemSerial: `S-${serial}`, baseboardSerial: null, macs: [] }
}

function system(product: string, at: number): FactsOf<'system'> {
  return {
    smbiosVersion: '3.4',
    uuid: null,
    manufacturer: 'Made',
    product,
    version: null,
    serial: `S-${at}`,
    sku: null,
    family: null,
    baseboard: null,
    chassis: null,
    hypervisor: null,
  }
}

const firmware: FactsOf<'firmware'> = {
  vendor: 'Made',
  version: '1.0',
  releaseDate: null,
  revision: null,
  embeddedControllerRevision: null,
  romSizeBytes: null,
  bootMode: 'uefi',
  uefiWidthBits: 64,
  inventory: [],
  resources: [],
  kernel: null,
}

function cpu(cores: number): FactsOf<'cpu'> {
  return {
    architecture: 'x86_64',
    x86Level: 4,
    packageCount: 2,
    coreCount: cores,
    threadCount: cores * 2,
    presentCount: cores * 2,
    online: [],
    offline: [],
    topology: [],
    cacheInstances: [],
    kinds: [],
    events: { machineCheckCount: null, coreThrottleCount: null, packageThrottleCount: null },
    vulnerabilities: [],
    smtControl: 'on',
    smtActive: true,
    virtualization: 'VT-x',
    physicalAddressBits: 52,
    virtualAddressBits: 57,
    frequencyBoost: true,
    packages: [],
    sockets: [],
    flags: [],
  }
}

function memory(sizeBytes: number): FactsOf<'memory'> {
  return {
    sizeBytes,
    installedSizeBytes: sizeBytes,
    arrays: [],
    dimms: [],
    hugepages: [],
    errorControllers: [],
    blocks: null,
  }
}
