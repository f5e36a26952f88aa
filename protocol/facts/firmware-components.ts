import type { Inventory } from './inventory.ts'

/** A part of the machine with firmware of its own. */
export interface FirmwareComponent {
  readonly kind:
    | 'bios'
    | 'embedded-controller'
    | 'bmc'
    | 'tpm'
    | 'management-engine'
    | 'microcode'
    | 'nic'
    | 'nic-rom'
    | 'disk'
    | 'gpu'
    | 'listed'
    | 'resource'
  /** Which one: a name in this inventory (`eth0`, a PCI address), or what the firmware calls it. */
  readonly subject: string
  readonly version: string
}

/** The classes of facts that tell of firmware. */
type FirmwareSources = Pick<
  Inventory,
  'firmware' | 'cpu' | 'bmc' | 'tpm' | 'security' | 'nic' | 'storage' | 'gpu'
>

/**
 * The firmware of every part that tells its version, in one list, sorted by kind as in
 * {@link FirmwareComponent} and then in the order of the facts. Pure: one inventory gives one list.
 */
export function componentsOf(inventory: FirmwareSources): readonly FirmwareComponent[] {
  return [
    ...platform(inventory),
    ...managed(inventory),
    ...devices(inventory),
    ...listed(inventory),
  ].flatMap(({ kind, subject, version }) => (version === null ? [] : [{ kind, subject, version }]))
}

interface MaybeComponent extends Omit<FirmwareComponent, 'version'> {
  /** Null: it does not tell. */
  readonly version: string | null
}

function platform({ firmware, cpu }: FirmwareSources): readonly MaybeComponent[] {
  return [
    { kind: 'bios', subject: firmware?.vendor ?? 'BIOS', version: firmware?.version ?? null },
    {
      kind: 'embedded-controller',
      subject: 'embedded controller',
      version: firmware?.embeddedControllerRevision ?? null,
    },
    ...(cpu?.packages ?? []).map(({ id, microcode }) => ({
      kind: 'microcode' as const,
      subject: `package ${id}`,
      version: microcode,
    })),
  ]
}

function managed({ bmc, tpm, security }: FirmwareSources): readonly MaybeComponent[] {
  return [
    ...(bmc?.controllers ?? []).map(({ device, id }) => ({
      kind: 'bmc' as const,
      subject: device,
      version: id.firmwareVersion,
    })),
    ...(tpm?.tpms ?? []).map(({ name, firmwareVersion }) => ({
      kind: 'tpm' as const,
      subject: name,
      version: firmwareVersion,
    })),
    ...(security?.managementEngines ?? []).map(({ name, firmwareVersions }) => ({
      kind: 'management-engine' as const,
      subject: name,
      version: firmwareVersions[0] ?? null,
    })),
  ]
}

function devices({ nic, storage, gpu }: FirmwareSources): readonly MaybeComponent[] {
  return [
    ...(nic?.interfaces ?? []).flatMap((one) => [
      { kind: 'nic' as const, subject: one.name, version: one.firmwareVersion },
      { kind: 'nic-rom' as const, subject: one.name, version: one.expansionRomVersion },
    ]),
    ...(storage?.disks ?? []).map(({ name, firmware }) => ({
      kind: 'disk' as const,
      subject: name,
      version: firmware,
    })),
    ...(gpu?.gpus ?? []).map(({ address, management }) => ({
      kind: 'gpu' as const,
      subject: address,
      version: management?.vbiosVersion ?? null,
    })),
  ]
}

function listed({ firmware }: FirmwareSources): readonly MaybeComponent[] {
  return [
    ...(firmware?.inventory ?? []).map(({ component, firmwareId, version }) => ({
      kind: 'listed' as const,
      subject: component ?? firmwareId ?? 'firmware',
      version,
    })),
    ...(firmware?.resources ?? []).map((one) => ({
      kind: 'resource' as const,
      subject: one.class,
      version: String(one.version),
    })),
  ]
}
