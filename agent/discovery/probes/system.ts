import type { SystemFacts } from '../../../protocol/facts/system.ts'
import { meaningfulText } from '../decode/device-text.ts'
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
import { type ForgivingReader, forgivingReader } from '../forgiving-reader.ts'
import { hypervisorOf } from '../hypervisor.ts'
import { paths } from '../paths.ts'
import type { Probe } from '../probe.ts'
import { type MachineSmbios, readSmbios } from '../smbios.ts'

/** SMBIOS types 1 to 3, or what the kernel kept of them, and the hypervisor hint. */
export const systemProbe: Probe<'system'> = {
  class: 'system',
  async read(host) {
    const smbios = await readSmbios(host)
    const reader = forgivingReader(host, 'system')
    const named = smbios.version === null ? await fromDmiId(reader) : fromTable(smbios)
    const facts = {
      smbiosVersion:
        smbios.version === null ? null : `${smbios.version.major}.${smbios.version.minor}`,
      ...named,
      hypervisor: await hypervisorOf(reader, `${named.manufacturer ?? ''} ${named.product ?? ''}`),
    }
    // The system probe alone reports what is wrong with the table, so that it is said once.
    return { facts, findings: [...smbios.findings, ...reader.findings()] }
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

const uuidShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** /sys/class/dmi/id, where a recording or a locked-down kernel has the table no more. */
async function fromDmiId(reader: ForgivingReader): Promise<NamedSystem> {
  const names = new Set(await reader.host.list(paths.dmiId))
  const get = async (name: string) =>
    names.has(name) ? await reader.text(`${paths.dmiId}/${name}`) : null
  const uuid = (await get('product_uuid'))?.toLowerCase() ?? null
  const system = {
    manufacturer: await get('sys_vendor'),
    product: await get('product_name'),
    version: await get('product_version'),
    serial: await get('product_serial'),
    uuid: uuid !== null && uuidShape.test(uuid) && !/^(0|f|-)+$/.test(uuid) ? uuid : null,
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
