import {
  type AttributeDefinition,
  bool,
  int,
  type MachineRecord,
  of,
  quantity,
  set,
  string,
  version,
} from './definition.ts'

/** What the machine as a whole is: maker, firmware, processors, memory. */
export const machineAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  string(
    'system.manufacturer',
    { source: 'system', description: 'Maker of the machine (SMBIOS type 1)' },
    of('system', (facts) => facts.manufacturer),
  ),
  string(
    'system.product',
    { source: 'system', description: 'Product name (SMBIOS type 1)' },
    of('system', (facts) => facts.product),
  ),
  string(
    'system.family',
    { source: 'system', description: 'Product family (SMBIOS type 1)' },
    of('system', (facts) => facts.family),
  ),
  string(
    'system.sku',
    { source: 'system', description: 'Stock keeping unit (SMBIOS type 1)' },
    of('system', (facts) => facts.sku),
  ),
  string(
    'system.serial',
    { source: 'system', nature: 'identity', description: 'Serial number of the machine' },
    of('system', (facts) => facts.serial),
  ),
  string(
    'system.uuid',
    { source: 'system', nature: 'identity', description: 'SMBIOS system UUID' },
    of('system', (facts) => facts.uuid),
  ),
  string(
    'system.assetTag',
    { source: 'system', nature: 'identity', description: 'Asset tag of the chassis' },
    of('system', (facts) => facts.chassis?.assetTag ?? null),
  ),
  string(
    'system.chassis',
    { source: 'system', description: 'Chassis type, `Rack Mount Chassis`' },
    of('system', (facts) => facts.chassis?.type ?? null),
  ),
  string(
    'system.hypervisor',
    { source: 'system', description: 'Hypervisor below the machine; none on bare metal' },
    of('system', ({ hypervisor }) => (hypervisor === null ? null : (hypervisor.name ?? undefined))),
  ),
  string(
    'baseboard.manufacturer',
    { source: 'system', description: 'Maker of the motherboard (SMBIOS type 2)' },
    of('system', (facts) => facts.baseboard?.manufacturer ?? null),
  ),
  string(
    'baseboard.product',
    { source: 'system', description: 'Name of the motherboard (SMBIOS type 2)' },
    of('system', (facts) => facts.baseboard?.product ?? null),
  ),
  string(
    'firmware.vendor',
    { source: 'firmware', nature: 'state', description: 'Vendor of the platform firmware' },
    of('firmware', (facts) => facts.vendor),
  ),
  version(
    'firmware.version',
    { source: 'firmware', nature: 'state', description: 'Version of the platform firmware' },
    of('firmware', (facts) => facts.version),
  ),
  string(
    'firmware.bootMode',
    { source: 'firmware', nature: 'state', description: 'How the agent was booted: bios or uefi' },
    of('firmware', (facts) => facts.bootMode),
  ),
  bool(
    'security.secureBoot',
    { source: 'security', nature: 'state', description: 'UEFI Secure Boot is on' },
    of('security', (facts) => facts.secureBoot),
  ),
  bool(
    'security.iommu',
    { source: 'security', nature: 'state', description: 'The kernel uses an IOMMU' },
    of('security', (facts) => facts.iommu),
  ),
  string(
    'cpu.arch',
    { source: 'cpu', description: 'Architecture as the kernel names it: x86_64, aarch64' },
    of('cpu', (facts) => facts.architecture ?? undefined),
  ),
  string(
    'cpu.vendor',
    { source: 'cpu', description: 'Processor vendor: GenuineIntel, AuthenticAMD, ARM' },
    of('cpu', (facts) => facts.packages[0]?.vendor ?? undefined),
  ),
  set(
    'cpu.model',
    { source: 'cpu', description: 'Processor model names' },
    of('cpu', (facts) => allKnown(facts.packages.map((cpu) => cpu.model))),
  ),
  int(
    'cpu.packages',
    { source: 'cpu', description: 'Processor packages (sockets in use)' },
    of('cpu', (facts) => facts.packageCount),
  ),
  int(
    'cpu.cores',
    { source: 'cpu', description: 'Processor cores, online' },
    of('cpu', (facts) => facts.coreCount),
  ),
  int(
    'cpu.threads',
    { source: 'cpu', description: 'Hardware threads, online' },
    of('cpu', (facts) => facts.threadCount),
  ),
  int(
    'cpu.x86Level',
    { source: 'cpu', description: 'x86-64 psABI level, 1 to 4; none on other architectures' },
    of('cpu', (facts) => facts.x86Level),
  ),
  quantity(
    'cpu.frequencyMax',
    'Hz',
    { source: 'cpu', nature: 'state', description: 'Highest frequency of any processor' },
    of('cpu', (facts) => largest(facts.packages.map((cpu) => cpu.maxFrequencyHz))),
  ),
  set(
    'cpu.flags',
    { source: 'cpu', description: 'Processor features as the kernel names them: avx512f' },
    of('cpu', (facts) => facts.flags),
  ),
  quantity(
    'memory.size',
    'B',
    { source: 'memory', nature: 'state', description: 'Memory the kernel can use (MemTotal)' },
    of('memory', (facts) => facts.sizeBytes),
  ),
  quantity(
    'memory.installed',
    'B',
    { source: 'memory', description: 'Memory in the DIMM slots (SMBIOS type 17)' },
    of('memory', (facts) => facts.installedSizeBytes ?? undefined),
  ),
  int(
    'memory.dimmCount',
    { source: 'memory', description: 'Populated DIMM slots' },
    of('memory', (facts) =>
      facts.dimms.length === 0 ? undefined : facts.dimms.filter((dimm) => dimm.populated).length,
    ),
  ),
  set(
    'memory.type',
    { source: 'memory', description: 'DIMM types: DDR4, DDR5' },
    of('memory', (facts) => {
      const populated = facts.dimms.filter((dimm) => dimm.populated)
      return populated.length === 0 ? undefined : allKnown(populated.map((dimm) => dimm.type))
    }),
  ),
  int(
    'numa.nodes',
    { source: 'numa', description: 'NUMA nodes' },
    of('numa', (facts) => facts.nodes.length),
  ),
]

/** The texts when every one is known, not known otherwise: half a set would answer wrongly. */
export function allKnown(texts: readonly (string | null)[]): readonly string[] | undefined {
  const known = texts.filter((text) => text !== null)
  return known.length === texts.length ? known : undefined
}

/** The largest known number; not known when none is. */
export function largest(values: readonly (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? undefined : Math.max(...known)
}
