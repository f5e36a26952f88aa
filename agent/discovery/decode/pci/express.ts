import type { PciLink } from '../../../../protocol/facts/pci.ts'
import { u16le, u32le } from '../integers.ts'

/** The PCI Express capability, PCI Express 6.2 §7.5.3. */
export interface ExpressCapability {
  readonly version: number
  /** Device/port type, §7.5.3.2: 0 endpoint, 4 root port, 5 upstream, 6 downstream, 9 integrated. */
  readonly portType: number
  /** Null on functions without a link: root complex integrated endpoints and event collectors. */
  readonly link: PciLink | null
}

const withoutLink = new Set([9, 10])

/** Link speeds by their code, §7.5.3.6; 0 is not defined. */
const speedsGtPerS = [null, 2.5, 5, 8, 16, 32, 64, 128]

/** Decodes the capability at `offset` of a config space of at least 256 bytes. */
export function decodeExpress(config: Uint8Array, offset: number): ExpressCapability {
  const flags = u16le(config, offset + 2)
  const portType = (flags >> 4) & 0xf
  const complete = offset + 0x14 <= config.length
  return {
    version: flags & 0xf,
    portType,
    link: withoutLink.has(portType) || !complete ? null : linkAt(config, offset),
  }
}

function linkAt(config: Uint8Array, offset: number): PciLink {
  const capabilities = u32le(config, offset + 0x0c)
  const status = u16le(config, offset + 0x12)
  const laneWidth = (status >> 4) & 0x3f
  return {
    maxSpeedGtPerS: speedsGtPerS[capabilities & 0xf] ?? null,
    speedGtPerS: laneWidth === 0 ? null : (speedsGtPerS[status & 0xf] ?? null),
    maxLaneWidth: (capabilities >>> 4) & 0x3f,
    laneWidth,
  }
}

/** A link from the kernel's own words, where config space could not be read: `16.0 GT/s PCIe`. */
export function linkFromSysfs(attributes: {
  readonly maxSpeed: string | null
  readonly speed: string | null
  readonly maxWidth: string | null
  readonly width: string | null
}): PciLink | null {
  const maxLaneWidth = lanes(attributes.maxWidth)
  const laneWidth = lanes(attributes.width)
  if (maxLaneWidth === null || laneWidth === null) return null
  return {
    maxSpeedGtPerS: gigatransfers(attributes.maxSpeed),
    speedGtPerS: laneWidth === 0 ? null : gigatransfers(attributes.speed),
    maxLaneWidth,
    laneWidth,
  }
}

function gigatransfers(text: string | null): number | null {
  const number = /^(\d{1,3}(?:\.\d)?) GT\/s/.exec(text ?? '')?.[1]
  return number === undefined ? null : Number(number)
}

/** 255 is what a function that does not answer reads as. */
function lanes(text: string | null): number | null {
  const width = /^\d{1,2}$/.exec(text ?? '')?.[0]
  return width === undefined ? null : Number(width)
}
