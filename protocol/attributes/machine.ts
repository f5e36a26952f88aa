import { componentsOf, type FirmwareComponent } from '../facts/firmware-components.ts'
import {
  type AttributeDefinition,
  list,
  type MachineRecord,
  of,
  string,
  version,
} from './definition.ts'

const component = { source: 'firmware', level: 'device', nature: 'state' } as const
const componentFields: readonly AttributeDefinition<FirmwareComponent>[] = [
  string('kind', { ...component, description: 'bios, bmc, nic, disk, gpu, microcode' }, (one) => {
    return one.kind
  }),
  string('subject', { ...component, description: 'Which one, `nvme0n1`' }, (one) => one.subject),
  version('version', { ...component, description: 'Its version' }, (one) => one.version),
]

/** What the machine as a whole is: maker, board, firmware. */
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
  list(
    'firmwareComponents',
    { source: 'firmware', nature: 'state', description: 'Firmware of every part that tells it' },
    componentFields,
    ({ inventory }) => (inventory.firmware === null ? undefined : componentsOf(inventory)),
  ),
  string(
    'firmware.bootMode',
    { source: 'firmware', nature: 'state', description: 'How the agent was booted: bios or uefi' },
    of('firmware', (facts) => facts.bootMode),
  ),
]
