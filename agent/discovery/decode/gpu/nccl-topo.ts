import { DecodeError } from '../../../../protocol/errors.ts'
import { pathClass, type Place, pathLetters } from '../../../../protocol/facts/device-paths.ts'
import type { NcclTopology } from '../../../../protocol/facts/nccl-topology.ts'
import { kernelAddress } from './amounts.ts'
import { hexId } from './amd-ids.ts'
import { parseXml, type XmlElement } from './xml.ts'

const decoder = new TextDecoder()
const maxDevices = 512

/**
 * A topology file of NCCL (NCCL_TOPO_FILE, NCCL_TOPO_DUMP_FILE): `cpu` elements, NUMA nodes each with
 * its host bridges, and `pci` elements in them, bridges around devices.
 */
export function decodeNcclTopology(bytes: Uint8Array): NcclTopology {
  const system = parseXml(decoder.decode(bytes))
  if (system.name !== 'system') {
    throw new DecodeError(`Cannot read NCCL's topology: the root is ${system.name.slice(0, 64)}`)
  }
  const cpus = system.children.filter(({ name }) => name === 'cpu')
  const devices = cpus.flatMap((cpu, index) => devicesBelow(cpu, index))
  if (devices.length > maxDevices) throw new DecodeError(`Cannot take ${devices.length} devices`)
  if (cpus.length > 256) throw new DecodeError(`Cannot take ${cpus.length} CPUs`)
  return {
    version: wholeNumber(system.attributes.get('version')),
    cpus: cpus.map((cpu) => ({
      numaNode: wholeNumber(cpu.attributes.get('numaid')),
      architecture: short(cpu.attributes.get('arch')),
      vendor: short(cpu.attributes.get('vendor')),
      affinity: short(cpu.attributes.get('affinity')),
    })),
    devices: devices.map(({ element, place, switches }) => ({
      address: place.address,
      numaNode: place.numaNode,
      switches: [...switches],
      vendorId: hexId(element.attributes.get('vendor') ?? null, 4),
      deviceId: hexId(element.attributes.get('device') ?? null, 4),
      classCode: hexId(element.attributes.get('class') ?? null, 6),
      linkSpeedGtPerS: speed(element.attributes.get('link_speed')),
      laneWidth: wholeNumber(element.attributes.get('link_width')),
    })),
    pairs: devices
      .flatMap((a, index) =>
        devices.slice(index + 1).map((b) => {
          const found = pathClass(a.place, b.place, cpus.length)
          return found === null ? '?' : pathLetters[found]
        }),
      )
      .join(''),
  }
}

interface Found {
  readonly element: XmlElement
  readonly place: Place
  readonly switches: readonly string[]
}

function devicesBelow(cpu: XmlElement, index: number): readonly Found[] {
  const numaNode = wholeNumber(cpu.attributes.get('numaid'))
  const found: Found[] = []
  // An element is a whole switch; to compare paths it is its upper port and one to each child.
  const walk = (parent: XmlElement, switches: readonly string[], bridges: readonly string[]) => {
    for (const element of parent.children) {
      if (element.name !== 'pci') continue
      const address = kernelAddress(element.attributes.get('busid'))
      if (address === null) throw new DecodeError("Cannot read NCCL's topology: pci without busid")
      const isBridge = element.children.some(({ name }) => name === 'pci')
      const above = switches.at(-1)
      const ports = above === undefined ? [] : [...bridges, above, `${above} ${address}`]
      if (isBridge) walk(element, [...switches, address], ports)
      // To NCCL, what is in one cpu element shares its host bridge.
      else {
        const place = { address, hostBridge: `cpu${index}`, bridges: ports, numaNode }
        found.push({ element, place, switches })
      }
    }
  }
  walk(cpu, [], [])
  return found
}

function wholeNumber(text: string | undefined): number | null {
  return /^\d{1,9}$/.test(text ?? '') ? Number(text) : null
}

function short(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? ''
  return trimmed === '' || trimmed.length > 256 || /\p{Cc}/u.test(trimmed) ? null : trimmed
}

/** `32 GT/s PCIe/s`, `16.0 GT/s PCIe` */
function speed(text: string | undefined): number | null {
  const number = Number(/^(\d{1,3}(?:\.\d{1,3})?) GT\/s/.exec(text?.trim() ?? '')?.[1])
  return number > 0 ? number : null
}
