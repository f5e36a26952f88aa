import type { FactsOf } from '../facts/inventory.ts'
import { linkStates } from '../facts/pci-links.ts'
import { type AttributeDefinition, int, type MachineRecord, of, set } from './definition.ts'

const state = { source: 'pci', nature: 'state' } as const
const link = { source: 'pci', nature: 'state', level: 'link' } as const

/**
 * PCI as a whole. Firmware settings hide functions and drivers add virtual ones, so that none of it
 * is a mark of the hardware's class.
 */
export const pciAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  int(
    'pci.count',
    { ...state, description: 'PCI functions, virtual ones not counted' },
    of('pci', (facts) => physical(facts).length),
  ),
  set(
    'pci.devices',
    { ...state, description: 'PCI ids of all devices but bridges, `15b3:101d`' },
    of('pci', (facts) =>
      physical(facts)
        .filter(({ headerType }) => headerType === 0 || headerType === null)
        .map(({ vendorId, deviceId }) => `${vendorId}:${deviceId}`),
    ),
  ),
  int(
    'pci.linksNarrow',
    { ...link, description: 'PCI Express links with fewer lanes than both ends have' },
    of('pci', (facts) => links(facts, 'narrow').length),
  ),
  set(
    'pci.narrowLinks',
    { ...link, description: 'Addresses of the devices behind those links' },
    of('pci', (facts) => links(facts, 'narrow')),
  ),
  set(
    'pci.slowLinks',
    { ...link, description: 'Addresses of devices whose link runs below its speed, asleep maybe' },
    of('pci', (facts) => links(facts, 'slow')),
  ),
  int(
    'pci.virtualFunctions',
    { ...state, description: 'SR-IOV virtual functions there are' },
    of(
      'pci',
      ({ functions }) =>
        functions.filter(({ physicalFunction }) => physicalFunction !== null).length,
    ),
  ),
  int(
    'pci.virtualFunctionsMax',
    { ...state, description: 'SR-IOV virtual functions there can be' },
    of('pci', ({ details }) =>
      details.virtualization.reduce((total, { totalCount }) => total + totalCount, 0),
    ),
  ),
  int(
    'pci.cxlDevices',
    { ...state, description: 'CXL devices' },
    of('pci', ({ details }) => details.cxl.length),
  ),
  int(
    'pci.cxlMemoryDevices',
    { ...state, description: 'CXL devices with memory (types 2 and 3)' },
    of(
      'pci',
      ({ details }) =>
        details.cxl.filter(({ deviceType }) => deviceType === 2 || deviceType === 3).length,
    ),
  ),
  int(
    'pci.errorsCorrectable',
    { ...state, description: 'Correctable PCI Express errors since boot (AER)' },
    of('pci', (facts) => errors(facts, ['correctable'])),
  ),
  int(
    'pci.errorsUncorrectable',
    { ...state, description: 'Uncorrectable PCI Express errors since boot (AER)' },
    of('pci', (facts) => errors(facts, ['non-fatal', 'fatal'])),
  ),
]

function physical({ functions }: FactsOf<'pci'>) {
  return functions.filter(({ physicalFunction }) => physicalFunction === null)
}

/** One address a link: the first function of the device stands for all. */
function links({ functions }: FactsOf<'pci'>, wanted: 'narrow' | 'slow'): readonly string[] {
  return [...linkStates(functions)]
    .filter(([address, { state: now }]) => now === wanted && address.endsWith('.0'))
    .map(([address]) => address)
}

function errors({ details }: FactsOf<'pci'>, severities: readonly string[]): number {
  return details.errorCounts
    .filter(({ severity }) => severities.includes(severity))
    .flatMap(({ counts }) => Object.values(counts))
    .reduce((total, count) => total + count, 0)
}
