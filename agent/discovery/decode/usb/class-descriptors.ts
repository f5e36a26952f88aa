import type { UsbClassDescriptor } from '../../../../protocol/facts/usb-descriptors.ts'
import { hexOf, toHex, u16le, u32le, u8 } from '../integers.ts'
import { bcdVersion } from './bcd.ts'
import { communicationsDescriptor } from './communications.ts'

/** Where a descriptor stands: after which interface, and whether after an endpoint of it. */
export interface ClassContext {
  /** Class, subclass and protocol; null before the first interface. */
  readonly classCode: string | null
  readonly hasEndpoint: boolean
}

/** A descriptor of a class, typed where its standard is known, else raw. Has at least 2 bytes. */
export function classDescriptor(bytes: Uint8Array, context: ClassContext): UsbClassDescriptor {
  const type = u8(bytes, 1)
  const usbClass = context.classCode?.slice(0, 2) ?? ''
  return (
    byClass(bytes, type, usbClass, context) ??
    standard(bytes, type) ?? { kind: 'raw', type: toHex(type, 2), data: hexOf(bytes, 2) }
  )
}

function byClass(
  bytes: Uint8Array,
  type: number,
  usbClass: string,
  { classCode, hasEndpoint }: ClassContext,
): UsbClassDescriptor | null {
  if (usbClass === '03' && type === 0x21) return hid(bytes)
  if (classCode?.startsWith('fe01') === true && type === 0x21) return dfu(bytes)
  if (usbClass === '08' && type === 0x24) return pipeUsage(bytes)
  if (usbClass === '0b' && type === 0x21) return smartCard(bytes)
  if (type !== 0x24 && type !== 0x25) return null
  if (usbClass === '02' || usbClass === '0a' || remoteNetworks.has(classCode ?? '')) {
    return communicationsDescriptor(bytes)
  }
  const names = subtypeNames(classCode ?? '', type === 0x25 || hasEndpoint)
  if (names === null || bytes.length < 3) return null
  const subtype = u8(bytes, 2)
  const kind = usbClass === '01' ? 'audio' : 'video'
  return { kind, subtype: names[subtype] ?? `0x${toHex(subtype, 2)}`, data: hexOf(bytes, 3) }
}

/** RNDIS, which management controllers use: communications under other class codes. */
const remoteNetworks: ReadonlySet<string> = new Set(['e00103', 'ef0401'])

const words = (text: string) => text.split(' ')

/** Audio 1.0, 2.0 and 3.0 appendix A, MIDI 1.0 appendix A, UVC 1.5 appendix A, by class code. */
function subtypeNames(classCode: string, endpoint: boolean): readonly string[] | null {
  switch (classCode.slice(0, 4)) {
    case '0101':
      return endpoint ? audioEndpoint : ofVersion(classCode, audioControls)
    case '0102':
      return endpoint ? audioEndpoint : ofVersion(classCode, audioStreamings)
    case '0103':
      return endpoint ? audioEndpoint : midi
    case '0e01':
      return endpoint ? videoEndpoint : videoControl
    case '0e02':
      return endpoint ? videoEndpoint : videoStreaming
    default:
      return null
  }
}

/** The protocol is the version of the class: 0x20 is 2.0, 0x30 is 3.0. */
function ofVersion(
  classCode: string,
  [first, second, third]: readonly [readonly string[], readonly string[], readonly string[]],
): readonly string[] {
  return classCode.endsWith('20') ? second : classCode.endsWith('30') ? third : first
}

const audioControls = [
  words(
    'UNDEFINED HEADER INPUT_TERMINAL OUTPUT_TERMINAL MIXER_UNIT SELECTOR_UNIT FEATURE_UNIT PROCESSING_UNIT EXTENSION_UNIT',
  ),
  words(
    'UNDEFINED HEADER INPUT_TERMINAL OUTPUT_TERMINAL MIXER_UNIT SELECTOR_UNIT FEATURE_UNIT EFFECT_UNIT PROCESSING_UNIT EXTENSION_UNIT CLOCK_SOURCE CLOCK_SELECTOR CLOCK_MULTIPLIER SAMPLE_RATE_CONVERTER',
  ),
  words(
    'UNDEFINED HEADER INPUT_TERMINAL OUTPUT_TERMINAL EXTENDED_TERMINAL MIXER_UNIT SELECTOR_UNIT FEATURE_UNIT EFFECT_UNIT PROCESSING_UNIT EXTENSION_UNIT CLOCK_SOURCE CLOCK_SELECTOR CLOCK_MULTIPLIER SAMPLE_RATE_CONVERTER CONNECTORS POWER_DOMAIN',
  ),
] as const
const audioStreamings = [
  words('UNDEFINED AS_GENERAL FORMAT_TYPE FORMAT_SPECIFIC'),
  words('UNDEFINED AS_GENERAL FORMAT_TYPE ENCODER DECODER'),
  words('UNDEFINED AS_GENERAL VALID_FREQ_RANGE'),
] as const
const audioEndpoint = words('UNDEFINED EP_GENERAL')
const midi = words('UNDEFINED MS_HEADER MIDI_IN_JACK MIDI_OUT_JACK ELEMENT')
const videoControl = words(
  'UNDEFINED HEADER INPUT_TERMINAL OUTPUT_TERMINAL SELECTOR_UNIT PROCESSING_UNIT EXTENSION_UNIT ENCODING_UNIT',
)
const videoStreaming = words(
  'UNDEFINED INPUT_HEADER OUTPUT_HEADER STILL_IMAGE_FRAME FORMAT_UNCOMPRESSED FRAME_UNCOMPRESSED FORMAT_MJPEG FRAME_MJPEG 0x08 0x09 FORMAT_MPEG2TS 0x0b FORMAT_DV COLORFORMAT 0x0e 0x0f FORMAT_FRAME_BASED FRAME_FRAME_BASED FORMAT_STREAM_BASED FORMAT_H264 FRAME_H264 FORMAT_H264_SIMULCAST FORMAT_VP8 FRAME_VP8 FORMAT_VP8_SIMULCAST',
)
const videoEndpoint = words('UNDEFINED EP_GENERAL EP_ENDPOINT EP_INTERRUPT')

const hidTypes: Readonly<Record<number, string>> = { 0x22: 'report', 0x23: 'physical' }

function hid(bytes: Uint8Array): UsbClassDescriptor | null {
  if (bytes.length < 6) return null
  const count = Math.min(u8(bytes, 5), Math.floor((bytes.length - 6) / 3))
  return {
    kind: 'hid',
    version: bcdVersion(u16le(bytes, 2)),
    countryCode: u8(bytes, 4),
    reports: Array.from({ length: count }, (_, index) => {
      const at = 6 + index * 3
      const type = u8(bytes, at)
      return { type: hidTypes[type] ?? `0x${toHex(type, 2)}`, lengthBytes: u16le(bytes, at + 1) }
    }),
  }
}

function dfu(bytes: Uint8Array): UsbClassDescriptor | null {
  if (bytes.length < 7) return null
  const attributes = u8(bytes, 2)
  return {
    kind: 'dfu',
    canDownload: (attributes & 1) !== 0,
    canUpload: (attributes & 2) !== 0,
    manifestationTolerant: (attributes & 4) !== 0,
    willDetach: (attributes & 8) !== 0,
    detachTimeoutMs: u16le(bytes, 3),
    transferSizeBytes: u16le(bytes, 5),
    version: bytes.length >= 9 ? bcdVersion(u16le(bytes, 7)) : null,
  }
}

function smartCard(bytes: Uint8Array): UsbClassDescriptor | null {
  if (bytes.length < 54) return null
  const protocols = u32le(bytes, 6)
  return {
    kind: 'smart-card',
    version: bcdVersion(u16le(bytes, 2)),
    slotCount: u8(bytes, 4) + 1,
    voltages: [5, 3, 1.8].filter((_, bit) => (u8(bytes, 5) & (1 << bit)) !== 0),
    protocols: ['T=0', 'T=1'].filter((_, bit) => (protocols & (1 << bit)) !== 0),
    // In kHz.
    maximumClockHz: u32le(bytes, 14) * 1000,
    features: toHex(u32le(bytes, 40), 8),
    maximumMessageBytes: u32le(bytes, 44),
    busySlotCount: u8(bytes, 53),
  }
}

const pipes = ['reserved', 'command', 'status', 'data-in', 'data-out'] as const

function pipeUsage(bytes: Uint8Array): UsbClassDescriptor | null {
  if (bytes.length < 3) return null
  return { kind: 'pipe-usage', pipe: pipes[u8(bytes, 2)] ?? 'reserved' }
}

function standard(bytes: Uint8Array, type: number): UsbClassDescriptor | null {
  if (type === 0x09 && bytes.length >= 3) {
    const attributes = u8(bytes, 2)
    return {
      kind: 'otg',
      sessionRequest: (attributes & 1) !== 0,
      hostNegotiation: (attributes & 2) !== 0,
    }
  }
  if (type === 0x0a && bytes.length >= 4) {
    return {
      kind: 'debug',
      inEndpoint: toHex(u8(bytes, 2), 2),
      outEndpoint: toHex(u8(bytes, 3), 2),
    }
  }
  if ((type === 0x29 || type === 0x2a) && bytes.length >= 7) return hub(bytes, type === 0x2a)
  return null
}

function hub(bytes: Uint8Array, isSuper: boolean): UsbClassDescriptor {
  const characteristics = u16le(bytes, 3)
  return {
    kind: 'hub',
    portCount: u8(bytes, 2),
    powerSwitching:
      (['ganged', 'individual', 'none', 'none'] as const)[characteristics & 3] ?? 'none',
    compound: (characteristics & 4) !== 0,
    powerOnToGoodMs: u8(bytes, 5) * 2,
    // In mA; in USB 3 in units of 4 mA.
    controllerAmperes: (u8(bytes, 6) * (isSuper ? 4 : 1)) / 1000,
  }
}
