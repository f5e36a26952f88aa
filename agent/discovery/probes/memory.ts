import { DecodeError } from '../../../protocol/errors.ts'
import type { MemoryFacts } from '../../../protocol/facts/memory.ts'
import { deviceText, meaningfulText } from '../decode/device-text.ts'
import {
  decodeMappedAddressRange,
  decodeMemoryDevice,
  decodePhysicalMemoryArray,
  type MemoryDevice,
} from '../decode/smbios/memory.ts'
import type { SmbiosStructure } from '../decode/smbios/table.ts'
import { attempt } from '../attempt.ts'
import { forgivingReader } from '../forgiving-reader.ts'
import { paths } from '../paths.ts'
import { hugepagesOf } from '../hugepages.ts'
import { memoryBlocks } from '../memory-blocks.ts'
import { errorFindings, memoryErrors } from '../memory-errors.ts'
import type { Probe } from '../probe.ts'
import { readSmbios } from '../smbios.ts'

/** /proc/meminfo, SMBIOS types 16, 17 and 19, huge pages, error counters and blocks of memory. */
export const memoryProbe: Probe<'memory'> = {
  class: 'memory',
  async read(host) {
    const reader = forgivingReader(host, 'memory')
    const [sizeBytes, smbios, hugepages, errors, blocks] = await Promise.all([
      reader.decoded(paths.meminfo, memoryTotal),
      readSmbios(host),
      hugepagesOf(reader, paths.hugepages),
      memoryErrors(host),
      attempt('memory', 'blocks', () => memoryBlocks(host)),
    ])
    const facts = {
      sizeBytes,
      ...installedMemory(smbios.structures),
      hugepages,
      errorControllers: errors.found,
      blocks: blocks.kind === 'done' ? blocks.value : null,
    }
    const findings = [
      ...reader.findings(),
      ...errors.findings,
      ...(blocks.kind === 'failed' ? [blocks.finding] : []),
      ...errorFindings(errors.found),
    ]
    return { facts, findings }
  },
}

/** `MemTotal` (kernel document proc.rst), in bytes. */
export function memoryTotal(meminfo: string): number {
  const kibibytes = /^(?:Node \d+ )?MemTotal:\s+(\d{1,12}) kB$/m.exec(meminfo)?.[1]
  if (kibibytes === undefined) throw new DecodeError("Cannot read meminfo: want a 'MemTotal' line")
  return Number(kibibytes) * 1024
}

/** Arrays and slots of a table, and the sum of what is in slots of system memory. */
export function installedMemory(
  structures: readonly SmbiosStructure[],
): Pick<MemoryFacts, 'installedSizeBytes' | 'arrays' | 'dimms'> {
  const arrays = structures.filter(({ type }) => type === 16).map(decodePhysicalMemoryArray)
  const devices = structures.filter(({ type }) => type === 17).map(decodeMemoryDevice)
  const ranges = structures
    .filter(({ type }) => type === 19)
    .flatMap((structure) => decodeMappedAddressRange(structure) ?? [])
  const arrayIndexOf = (handle: number | null) => {
    const index = arrays.findIndex((array) => array.handle === handle)
    return index < 0 ? null : index
  }
  const dimms = devices.map((device) => dimmOf(device, arrayIndexOf(device.arrayHandle)))
  // A slot that names no array is taken for system memory, as firmware that leaves type 16 out means.
  const system = dimms.filter(({ arrayIndex, sizeBytes }) => {
    const use = arrayIndex === null ? null : arrays[arrayIndex]?.use
    return sizeBytes !== null && (use === null || use === 'System Memory')
  })
  return {
    installedSizeBytes:
      system.length === 0 ? null : system.reduce((sum, dimm) => sum + (dimm.sizeBytes ?? 0), 0),
    arrays: arrays.map(({ handle, ...array }) => {
      const sizes = ranges.flatMap((range) =>
        range.arrayHandle === handle ? (range.sizeBytes ?? []) : [],
      )
      const mappedSizeBytes = sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size)
      return { ...array, mappedSizeBytes }
    }),
    dimms,
  }
}

function dimmOf(device: MemoryDevice, arrayIndex: number | null): MemoryFacts['dimms'][number] {
  const { populated } = device
  return {
    arrayIndex,
    locator: deviceText(device.locator),
    bankLocator: deviceText(device.bankLocator),
    populated,
    sizeBytes: device.sizeBytes,
    type: populated ? device.type : null,
    formFactor: populated ? device.formFactor : null,
    details: populated ? [...device.details] : [],
    totalWidthBits: populated ? device.totalWidthBits : null,
    dataWidthBits: populated ? device.dataWidthBits : null,
    speedMtPerS: populated ? device.speedMtPerS : null,
    configuredSpeedMtPerS: populated ? device.configuredSpeedMtPerS : null,
    configuredVoltageVolts: populated ? device.configuredVoltageVolts : null,
    rankCount: populated ? device.rankCount : null,
    manufacturer: populated ? meaningfulText(device.manufacturer) : null,
    partNumber: populated ? meaningfulText(device.partNumber) : null,
    serial: populated ? meaningfulText(device.serial) : null,
    assetTag: populated ? meaningfulText(device.assetTag) : null,
  }
}
