import type { ClassedFacts, FactsOf } from '../../protocol/facts/inventory.ts'
import type { IdentityClaims } from '../../protocol/facts/claims.ts'
import { type Disk, noStorage } from '../../protocol/facts/storage.ts'

/** A made machine: number `n` differs from all others in every piece of its identity. */
export interface MadeMachine {
  readonly claims: IdentityClaims
  readonly facts: readonly ClassedFacts[]
}

export function makeMachine(
  n: number,
  changes: { readonly disks?: readonly Disk[] } = {},
): MadeMachine {
  const digits = n.toString(16).padStart(4, '0')
  const mac = `52:54:00:00:${digits.slice(0, 2)}:${digits.slice(2)}`
  const uuid = `4c4c4544-0000-4000-8000-00000000${digits}`
  const serial = `SN-${digits}`
  const disks = changes.disks ?? [
    makeDisk({ name: 'nvme0n1', serial: `NVME-${digits}`, sizeBytes: 8_000_000_000 }),
    makeDisk({
      name: 'sda',
      serial: `SATA-${digits}`,
      sizeBytes: 4_000_000_000,
      transport: 'sata',
    }),
  ]
  return {
    claims: {
      smbiosUuid: uuid,
      systemSerial: serial,
      baseboardSerial: `BB-${digits}`,
      macs: [mac],
    },
    facts: [
      { class: 'system', facts: systemFacts(uuid, serial) },
      { class: 'firmware', facts: firmware },
      { class: 'cpu', facts: cpu },
      { class: 'memory', facts: memory },
      { class: 'storage', facts: { ...noStorage, disks } },
    ],
  }
}

export function makeDisk(changes: Partial<Disk>): Disk {
  return {
    name: 'sda',
    transport: 'nvme',
    vendor: null,
    model: 'Made Disk',
    serial: null,
    wwn: null,
    eui64: null,
    nguid: null,
    firmware: null,
    sizeBytes: 8_000_000_000,
    logicalBlockSizeBytes: 512,
    physicalBlockSizeBytes: 4096,
    rotational: false,
    removable: false,
    readOnly: false,
    holders: [],
    partitions: [],
    pciAddress: null,
    numaNode: null,
    attachment: null,
    health: null,
    ...changes,
  }
}

function systemFacts(uuid: string, serial: string): FactsOf<'system'> {
  return {
    smbiosVersion: '3.4',
    uuid,
    manufacturer: 'Made',
    product: 'Machine',
    version: null,
    serial,
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

const cpu: FactsOf<'cpu'> = {
  architecture: 'x86_64',
  x86Level: 3,
  packageCount: 1,
  coreCount: 4,
  threadCount: 4,
  presentCount: 4,
  online: [0, 1, 2, 3],
  offline: [],
  topology: [],
  cacheInstances: [],
  kinds: [],
  events: { machineCheckCount: null, coreThrottleCount: null, packageThrottleCount: null },
  vulnerabilities: [],
  smtControl: null,
  smtActive: null,
  virtualization: null,
  physicalAddressBits: null,
  virtualAddressBits: null,
  frequencyBoost: null,
  packages: [],
  sockets: [],
  flags: [],
}

const memory: FactsOf<'memory'> = {
  sizeBytes: 1_073_741_824,
  installedSizeBytes: 1_073_741_824,
  arrays: [],
  dimms: [],
  hugepages: [],
  errorControllers: [],
  blocks: null,
}
