import { z } from 'zod'
import { count, type Frozen, hex, textOrNull } from './fields.ts'
import { finding } from './finding.ts'

const ratio = z.number().min(0).max(1)

/** Detailed timing descriptor, EDID 1.4 §3.10.2. */
const detailedTiming = z.strictObject({
  pixelClockHz: count,
  widthPixels: count,
  /** Of interlaced timings those of a field. */
  heightLines: count,
  horizontalBlankPixels: count,
  verticalBlankLines: count,
  interlaced: z.boolean(),
  /** Frames, of interlaced timings fields, in a second. */
  refreshHz: z.number().nonnegative(),
  imageWidthMillimeters: count,
  imageHeightMillimeters: count,
})

const mode = z.strictObject({
  widthPixels: count,
  heightLines: count,
  refreshHz: count,
  interlaced: z.boolean(),
})

/** CTA-861-H §7.5.2. */
const audioFormat = z.strictObject({
  /** `LPCM`, `AC-3`; `0x0f` without a name. */
  format: z.string().max(32),
  channelCount: count,
  sampleRatesHz: z.array(count).max(8),
})

const ctaExtension = z.strictObject({
  kind: z.literal('cta-861'),
  revision: count,
  underscan: z.boolean(),
  basicAudio: z.boolean(),
  ycbcr444: z.boolean(),
  ycbcr422: z.boolean(),
  /** Video identification codes; the native ones are in both lists. */
  videoCodes: z.array(count).max(128),
  nativeVideoCodes: z.array(count).max(128),
  audioFormats: z.array(audioFormat).max(128),
  /** IEEE OUIs of vendor data blocks with their bytes: `000c03` is HDMI. */
  vendorBlocks: z.array(z.strictObject({ oui: hex(6), data: z.string().max(256) })).max(64),
  /** Other data blocks: tag, of extended ones `7.` and theirs. */
  otherBlocks: z
    .array(z.strictObject({ tag: z.string().max(8), data: z.string().max(256) }))
    .max(64),
  timings: z.array(detailedTiming).max(6),
})

/** What `decode edid` prints: VESA E-EDID 1.4, CTA-861 extensions. */
export const edid = z.strictObject({
  /** `1.4`. */
  version: z.string().max(8),
  /** Three letters of the UEFI/PNP registry, `DEL`. */
  manufacturerId: z.string().regex(/^[A-Z@[\\\]^_]{3}$/),
  productCode: hex(4),
  /** Null where the display has none. */
  serialNumber: count.nullable(),
  manufacturedWeek: z.int().min(1).max(54).nullable(),
  manufacturedYear: z.int().min(1990).max(2245).nullable(),
  /** Instead of the date of making. */
  modelYear: z.int().min(1990).max(2245).nullable(),
  input: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('digital'),
      /** Null where it is not told. */
      bitsPerColor: z.int().nullable(),
      interface: z.enum(['dvi', 'hdmi-a', 'hdmi-b', 'mddi', 'displayport']).nullable(),
    }),
    z.strictObject({ kind: z.literal('analog') }),
  ]),
  /** Null for a projector, whose image has no size. */
  widthMillimeters: count.nullable(),
  heightMillimeters: count.nullable(),
  gamma: z.number().nullable(),
  powerStates: z.array(z.enum(['standby', 'suspend', 'off'])).max(3),
  /** CIE 1931 x and y. */
  chromaticity: z.strictObject({
    red: z.tuple([ratio, ratio]),
    green: z.tuple([ratio, ratio]),
    blue: z.tuple([ratio, ratio]),
    white: z.tuple([ratio, ratio]),
  }),
  name: textOrNull,
  serial: textOrNull,
  /** Other texts. */
  texts: z.array(textOrNull).max(4),
  rangeLimits: z
    .strictObject({
      minVerticalHz: count,
      maxVerticalHz: count,
      minHorizontalKilohertz: count,
      maxHorizontalKilohertz: count,
      /** Null where it is not told. */
      maxPixelClockHz: count.nullable(),
    })
    .nullable(),
  /** The first timing is the one it likes best. */
  timings: z.array(detailedTiming).max(4),
  establishedModes: z.array(mode).max(64),
  standardModes: z.array(mode).max(64),
  extensionCount: count,
  extensions: z
    .array(
      z.discriminatedUnion('kind', [
        ctaExtension,
        z.strictObject({ kind: z.literal('raw'), tag: hex(2), data: z.string().max(256) }),
      ]),
    )
    .max(255),
  findings: z.array(finding).max(300),
})

/** See {@link edid}. */
export type Edid = Frozen<z.infer<typeof edid>>
