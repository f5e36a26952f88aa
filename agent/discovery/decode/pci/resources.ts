import { DecodeError } from '../../../../protocol/errors.ts'
import type { PciDetails } from '../../../../protocol/facts/pci-details.ts'

/** A line of a function's `resource` file: where the kernel put a region, and what it is. */
export interface PciResource {
  /** 0 to 5 base address registers, 6 the ROM, then those of virtual functions and windows. */
  readonly index: number
  /** `0x` and hex. */
  readonly start: string
  readonly sizeBytes: number
  readonly kind: 'memory' | 'io'
  readonly prefetchable: boolean
  readonly widthBits: 32 | 64
}

/** Parses `resource` (kernel document sysfs-bus-pci): start, end and flags a line, in hex. */
export function parsePciResources(text: string): readonly PciResource[] {
  return text.split('\n').flatMap((line, index): readonly PciResource[] => {
    if (line.trim() === '') return []
    const [, start, end, flagText] =
      /^0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16})$/.exec(line.trim()) ?? []
    if (start === undefined || end === undefined || flagText === undefined) {
      throw new DecodeError(
        `Cannot read PCI resources: want three hex numbers, found '${line.slice(0, 64)}'`,
      )
    }
    const flags = Number.parseInt(flagText, 16)
    // include/linux/ioport.h: IORESOURCE_IO, _MEM, _PREFETCH, _MEM_64.
    const isIo = (flags & 0x100) !== 0
    if (!isIo && (flags & 0x200) === 0) return []
    const size = BigInt(`0x${end}`) - BigInt(`0x${start}`) + 1n
    if (size <= 0n) return []
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new DecodeError(`Cannot read PCI resources: a region of ${size} bytes`)
    }
    return [
      {
        index,
        start: `0x${BigInt(`0x${start}`).toString(16)}`,
        sizeBytes: Number(size),
        kind: isIo ? 'io' : 'memory',
        prefetchable: (flags & 0x2000) !== 0,
        widthBits: (flags & 0x10_0000) === 0 ? 32 : 64,
      },
    ]
  })
}

/**
 * Parses `aer_dev_correctable` and its like (kernel document sysfs-bus-pci-devices-aer_stats): a name
 * and a count a line; the counts above 0, without the total.
 */
export function parseErrorCounts(text: string): PciDetails['errorCounts'][number]['counts'] {
  const entries = text.split('\n').flatMap((line): readonly (readonly [string, number])[] => {
    if (line.trim() === '') return []
    const [, name, digits] = /^([\w.-]{1,40}) (\d{1,15})$/.exec(line.trim()) ?? []
    if (name === undefined || digits === undefined) {
      throw new DecodeError(
        `Cannot read PCI errors: want a name and a count, found '${line.slice(0, 64)}'`,
      )
    }
    return name.startsWith('TOTAL_') || digits === '0' ? [] : [[name, Number(digits)]]
  })
  return Object.fromEntries(entries)
}
