import type { TransceiverModule } from '../../../../protocol/facts/transceiver-module.ts'
import { toHex, u16be, u8 } from '../integers.ts'
import { cmisMonitors } from './cmis-monitors.ts'
import {
  checksum,
  companyId,
  dateCode,
  type DecodedModule,
  emptyModule,
  lengthOf,
  moduleText,
  needBytes,
} from './fields.ts'
import { hostInterfaces, mediaInterfaces } from './interfaces.ts'
import { connectors, formFactors, isCopper, transmitters } from './names.ts'

/** Byte 3, bits 3 to 1. */
const states = [null, 'low-power', 'power-up', 'ready', 'power-down', 'fault'] as const

/**
 * QSFP-DD, OSFP and their kin, CMIS revision 5.2: the lower memory and the upper pages of bank 0 one
 * after the other, page n at byte 128 * (n + 1). Pages that are not there are not told.
 */
export function decodeCmis(memory: Uint8Array): DecodedModule {
  needBytes(memory, 256, 'a CMIS module')
  const isFlat = (u8(memory, 2) & 0x80) !== 0
  const page = (number: number) => {
    const at = 128 * (number + 1)
    return isFlat || memory.length < at + 128 ? null : memory.subarray(at, at + 128)
  }
  const identifier = u8(memory, 0)
  const technology = u8(memory, 212)
  const advertised = page(0x01)
  const text = (start: number, end: number) => moduleText(memory.subarray(start, end))
  const lanes = lanesOf(u8(memory, 210))
  const wavelength = advertised === null || isCopper(technology) ? 0 : u16be(advertised, 10) / 20
  return {
    module: {
      ...emptyModule,
      standard: 'cmis',
      standardRevision: `${u8(memory, 1) >> 4}.${u8(memory, 1) & 0x0f}`,
      identifier: toHex(identifier, 2),
      formFactor: formFactors[identifier] ?? null,
      connector: connectors[u8(memory, 203)] ?? null,
      vendor: text(129, 145),
      vendorOui: companyId(memory.subarray(145, 148)),
      partNumber: text(148, 164),
      revision: text(164, 166),
      serial: text(166, 182),
      ...dateCode(memory.subarray(182, 190)),
      cleiCode: text(190, 200),
      firmwareVersion: isFlat ? null : version(memory, 39),
      hardwareVersion: advertised === null ? null : version(advertised, 2),
      applications: applicationsOf(memory, advertised),
      transmitter: transmitters[technology] ?? null,
      wavelengthNanometres: wavelength || null,
      lengths: lengthsOf(u8(memory, 202), advertised),
      maxPowerWatts: u8(memory, 201) / 4 || null,
      laneCount: lanes.length,
      state: isFlat ? null : (states[(u8(memory, 3) >> 1) & 7] ?? null),
      monitors: isFlat
        ? null
        : cmisMonitors({
            memory,
            advertised,
            limits: page(0x02),
            lanePage: page(0x11),
            lanes,
            isOptical: !isCopper(technology),
          }),
    },
    findings: [
      ...checksum(memory, 'base identity', 128, 222),
      ...(advertised === null ? [] : checksum(advertised, 'page 01h', 2, 127)),
    ],
  }
}

/** Byte 210 has a bit for each media lane that is not there. */
function lanesOf(missing: number): readonly number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((lane) => ((missing >> lane) & 1) === 0)
}

/** Major and minor in a byte each; null for none. */
function version(bytes: Uint8Array, offset: number): string | null {
  const [major, minor] = [u8(bytes, offset), u8(bytes, offset + 1)]
  return major === 0 && minor === 0 ? null : `${major}.${minor}`
}

/** Eight in the lower memory, seven more in page 01h; a host interface of FFh ends the list. */
function applicationsOf(
  memory: Uint8Array,
  advertised: Uint8Array | null,
): TransceiverModule['applications'] {
  const media = mediaInterfaces[u8(memory, 85)]
  const places = [
    ...Array.from({ length: 8 }, (_, at) => memory.subarray(86 + at * 4, 90 + at * 4)),
    ...(advertised === null
      ? []
      : Array.from({ length: 7 }, (_, at) => advertised.subarray(95 + at * 4, 99 + at * 4))),
  ]
  const end = places.findIndex((place) => u8(place, 0) === 0xff || u8(place, 0) === 0)
  return places.slice(0, end < 0 ? undefined : end).map((place) => {
    const [host, medium, counts] = [u8(place, 0), u8(place, 1), u8(place, 2)]
    return {
      hostInterfaceId: toHex(host, 2),
      hostInterface: hostInterfaces[host] ?? null,
      mediaInterfaceId: toHex(medium, 2),
      mediaInterface: media?.[medium] ?? null,
      hostLaneCount: counts >> 4,
      mediaLaneCount: counts & 0x0f,
    }
  })
}

type Length = TransceiverModule['lengths'][number]

/** Byte 202 of the cable itself; page 01h of the fibre it reaches over. */
function lengthsOf(cable: number, advertised: Uint8Array | null): readonly Length[] {
  const scaled = (value: number, medium: Length['medium'], units: readonly number[]): Length[] => {
    const metres = (value & 0x3f) * (units[value >> 6] ?? 0)
    // Tenths of a metre times a whole number leave a trace of binary fractions.
    return metres === 0 ? [] : [{ medium, metres: Math.round(metres * 10) / 10, orMore: false }]
  }
  const assembly: readonly Length[] =
    cable === 0xff
      ? [{ medium: 'cable', metres: 6300, orMore: true }]
      : scaled(cable, 'cable', [0.1, 1, 10, 100])
  if (advertised === null) return assembly
  return [
    ...assembly,
    ...scaled(u8(advertised, 4), 'smf', [100, 1000]),
    ...lengthOf(u8(advertised, 5), 'om5', 2),
    ...lengthOf(u8(advertised, 6), 'om4', 2),
    ...lengthOf(u8(advertised, 7), 'om3', 2),
    ...lengthOf(u8(advertised, 8), 'om2', 1),
  ]
}
