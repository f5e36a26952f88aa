import type { SystemFacts } from '../../../protocol/facts/system.ts'
import type { Host } from '../../host.ts'
import { parseCpuinfo } from '../decode/cpuinfo.ts'
import { deviceText, meaningfulText } from '../decode/device-text.ts'
import {
  type BaseboardInformation,
  type ChassisInformation,
  decodeBaseboardInformation,
  decodeChassisInformation,
  decodeSystemInformation,
  type SystemInformation,
} from '../decode/smbios/platform.ts'
import { chassisTypes } from '../decode/smbios/names.ts'
import { nameOf } from '../decode/smbios/table.ts'
import { paths } from '../paths.ts'
import type { Probe } from '../probe.ts'
import { type MachineSmbios, readSmbios } from '../smbios.ts'
import { attribute } from '../sysfs.ts'

/** SMBIOS types 1 to 3, or what the kernel kept of them, and the hypervisor hint. */
export const systemProbe: Probe<'system'> = {
  class: 'system',
  async read(host) {
    const smbios = await readSmbios(host)
    const named = smbios.version === null ? await fromDmiId(host) : fromTable(smbios)
    const facts = {
      smbiosVersion:
        smbios.version === null ? null : `${smbios.version.major}.${smbios.version.minor}`,
      ...named,
      hypervisor: await hypervisorOf(host, named),
    }
    // The system probe alone reports what is wrong with the table, so that it is said once.
    return { facts, findings: smbios.findings }
  },
}

type NamedSystem = Omit<SystemFacts, 'smbiosVersion' | 'hypervisor'>

/** What {@link systemProbe} takes from a table. */
export function fromTable({ structures, version }: MachineSmbios): NamedSystem {
  const system = structures.find(({ type }) => type === 1)
  const boards = structures.filter(({ type }) => type === 2).map(decodeBaseboardInformation)
  const chassis = structures.find(({ type }) => type === 3)
  return namedSystem(
    system === undefined || version === null ? null : decodeSystemInformation(system, version),
    boards.find(({ hosting }) => hosting) ?? boards[0] ?? null,
    chassis === undefined ? null : decodeChassisInformation(chassis),
  )
}

function namedSystem(
  system: SystemInformation | null,
  board: Omit<BaseboardInformation, 'hosting'> | null,
  chassis: ChassisInformation | null,
): NamedSystem {
  return {
    uuid: system?.uuid ?? null,
    manufacturer: meaningfulText(system?.manufacturer),
    product: meaningfulText(system?.product),
    version: meaningfulText(system?.version),
    serial: meaningfulText(system?.serial),
    sku: meaningfulText(system?.sku),
    family: meaningfulText(system?.family),
    baseboard:
      board === null
        ? null
        : {
            manufacturer: meaningfulText(board.manufacturer),
            product: meaningfulText(board.product),
            version: meaningfulText(board.version),
            serial: meaningfulText(board.serial),
            assetTag: meaningfulText(board.assetTag),
          },
    chassis:
      chassis === null
        ? null
        : {
            type: chassis.type,
            manufacturer: meaningfulText(chassis.manufacturer),
            version: meaningfulText(chassis.version),
            serial: meaningfulText(chassis.serial),
            assetTag: meaningfulText(chassis.assetTag),
            sku: meaningfulText(chassis.sku),
          },
  }
}

/** /sys/class/dmi/id, where a recording or a locked-down kernel has the table no more. */
async function fromDmiId(host: Host): Promise<NamedSystem> {
  const names = new Set(await host.list(paths.dmiId))
  const get = async (name: string) =>
    names.has(name) ? await attribute(host, `${paths.dmiId}/${name}`) : null
  const uuid = (await get('product_uuid'))?.toLowerCase() ?? null
  const system = {
    manufacturer: await get('sys_vendor'),
    product: await get('product_name'),
    version: await get('product_version'),
    serial: await get('product_serial'),
    uuid: uuid === null || /^[0f-]+$/.test(uuid) ? null : uuid,
    sku: await get('product_sku'),
    family: await get('product_family'),
  }
  const board = {
    manufacturer: await get('board_vendor'),
    product: await get('board_name'),
    version: await get('board_version'),
    serial: await get('board_serial'),
    assetTag: await get('board_asset_tag'),
  }
  const chassisCode = await get('chassis_type')
  const chassis = {
    type: nameOf(chassisTypes, chassisCode === null ? null : Number(chassisCode) & 0x7f),
    manufacturer: await get('chassis_vendor'),
    version: await get('chassis_version'),
    serial: await get('chassis_serial'),
    assetTag: await get('chassis_asset_tag'),
    sku: null,
  }
  const has = (prefix: string) => [...names].some((name) => name.startsWith(prefix))
  return namedSystem(system, has('board_') ? board : null, has('chassis_') ? chassis : null)
}

/** Makers' words that name a hypervisor; tried in order against manufacturer and product. */
const hypervisors: readonly (readonly [RegExp, string])[] = [
  [/vmware/i, 'vmware'],
  [/virtualbox|innotek/i, 'virtualbox'],
  [/microsoft corporation virtual machine/i, 'hyper-v'],
  [/xen/i, 'xen'],
  [/amazon ec2/i, 'nitro'],
  [/google/i, 'google-compute'],
  [/parallels/i, 'parallels'],
  [/bhyve/i, 'bhyve'],
  [/qemu|bochs|kvm|openstack|ovirt|rhev|standard pc/i, 'qemu'],
]

/** The processor's own hint comes first: on x86 a makers' name alone may be a metal instance. */
async function hypervisorOf(host: Host, system: NamedSystem): Promise<SystemFacts['hypervisor']> {
  const type = await attribute(host, paths.hypervisorType)
  if (type !== null) return { name: deviceText(type) }
  const text = await host.text(paths.cpuinfo)
  const first = text === undefined ? [] : [...parseCpuinfo(text).processors.values()].slice(0, 1)
  const flags = first[0]?.get('flags')
  const words = `${system.manufacturer ?? ''} ${system.product ?? ''}`
  const name = hypervisors.find(([pattern]) => pattern.test(words))?.[1] ?? null
  if (flags !== undefined) return flags.split(' ').includes('hypervisor') ? { name } : null
  return name === 'qemu' ? { name } : null
}
