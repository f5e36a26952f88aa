import { z } from 'zod'
import { count, type Frozen, macAddress } from './fields.ts'
import { finding } from './finding.ts'

const hexText = z.string().regex(/^[0-9a-f]*$/)

/** One TLV of an LLDP frame, IEEE 802.1AB-2016 §8.4. */
export const lldpTlv = z.strictObject({
  /** 0 to 8 are the standard's, 127 an organization's, the others reserved. */
  type: z.int().min(0).max(127),
  /** `chassis-id`, `dot3.mac-phy`; `reserved` and `organization` where it has no other. */
  name: z.string().max(64),
  lengthBytes: count,
  /** Organization and its subtype; null outside of type 127. */
  organization: z.strictObject({ oui: z.string().length(6), subtype: count }).nullable(),
  /** What it says, by field; null where nothing is known of the form, or the TLV is too short. */
  fields: z.record(z.string().max(64), z.json()).nullable(),
  /** The value's bytes. */
  data: hexText,
})

/** One TLV of a CDP frame. */
export const cdpTlv = z.strictObject({
  type: count,
  name: z.string().max(64),
  /** With the four bytes of type and length. */
  lengthBytes: count,
  fields: z.record(z.string().max(64), z.json()).nullable(),
  data: hexText,
})

/** What a neighbour says of itself, whichever protocol it said it in. */
export const neighborSummary = z.strictObject({
  /** Chassis and port as their senders name them; null: not told. */
  chassisId: z.string().max(512).nullable(),
  chassisIdKind: z.string().max(32).nullable(),
  portId: z.string().max(512).nullable(),
  portIdKind: z.string().max(32).nullable(),
  portDescription: z.string().max(512).nullable(),
  systemName: z.string().max(512).nullable(),
  systemDescription: z.string().max(4096).nullable(),
  managementAddresses: z.array(z.string().max(256)).max(64),
  capabilities: z.array(z.string().max(32)).max(32),
  /** The VLAN of untagged frames. */
  portVlan: count.nullable(),
  /** How long this may be believed. */
  timeToLiveSeconds: count.nullable(),
})

/** One frame of a capture. */
export const neighborFrame = z.strictObject({
  protocol: z.enum(['lldp', 'cdp', 'edp', 'fdp', 'sonmp', 'other']),
  source: macAddress.nullable(),
  destination: macAddress.nullable(),
  /** Tags before the protocol, the outer first. */
  vlans: z.array(count).max(4),
  tlvs: z.array(z.union([lldpTlv, cdpTlv])).max(1024),
  /** Version, time to live and checksum of a CDP frame; null for the others. */
  cdp: z
    .strictObject({
      version: count,
      timeToLiveSeconds: count,
      checksum: z.string().length(4),
      checksumValid: z.boolean(),
    })
    .nullable(),
  /** Null for protocols that are recognized only. */
  summary: neighborSummary.nullable(),
  findings: z.array(finding),
})

/** What `decode lldp` prints: the frames of a capture, or the one that the file is. */
export const neighborCapture = z.strictObject({ frames: z.array(neighborFrame) })

export type LldpTlv = Frozen<z.infer<typeof lldpTlv>>
export type CdpTlv = Frozen<z.infer<typeof cdpTlv>>
export type NeighborSummary = Frozen<z.infer<typeof neighborSummary>>
export type NeighborFrame = Frozen<z.infer<typeof neighborFrame>>
export type NeighborCapture = Frozen<z.infer<typeof neighborCapture>>
