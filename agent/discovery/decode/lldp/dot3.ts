import { u16be } from '../integers.ts'
import { bitNames, type DecodedTlv, type TlvFields, u24be } from './bytes.ts'
import { linkAggregation } from './dot1.ts'

/** Names of the TLVs of IEEE 802.3 (OUI 00-12-0f), by subtype: 802.3-2018 §79.3. */
export const dot3Names: ReadonlyMap<number, string> = new Map([
  [1, 'mac-phy'],
  [2, 'power-via-mdi'],
  [3, 'link-aggregation'],
  [4, 'maximum-frame-size'],
  [5, 'energy-efficient-ethernet'],
  [6, 'eee-fast-wake'],
  [7, 'additional-ethernet-capabilities'],
  [8, 'power-via-mdi-measurements'],
])

/** Advertised capabilities (RFC 4836 ifMauAutoNegCapAdvertisedBits), bit 0 being the last. */
export const pmdNames = [
  '1000base-t-fd',
  '1000base-t',
  '1000base-x-fd',
  '1000base-x',
  'pause-both',
  'pause-symmetric',
  'pause-asymmetric',
  'pause',
  '100base-t2-fd',
  '100base-t2',
  '100base-tx-fd',
  '100base-tx',
  '100base-t4',
  '10base-t-fd',
  '10base-t',
  'other',
] as const

/** A TLV of IEEE 802.3, its subtype taken off. */
export function decodeDot3(subtype: number, v: Uint8Array): DecodedTlv {
  switch (subtype) {
    case 1: {
      const status = v[0]
      if (status === undefined || v.length < 5) return undefined
      const advertised = u16be(v, 1)
      return {
        statusBits: status,
        autoNegotiationSupported: (status & 1) !== 0,
        autoNegotiationEnabled: (status & 2) !== 0,
        advertisedBits: advertised,
        advertised: bitNames(advertised, pmdNames),
        /** RFC 4836 dot3MauType. */
        mauType: u16be(v, 3),
      }
    }
    case 2:
      return powerViaMdi(v)
    case 3:
      return linkAggregation(v)
    case 4:
      return v.length < 2 ? undefined : { sizeBytes: u16be(v, 0) }
    case 5:
      return v.length < 8
        ? undefined
        : {
            transmitWakeMicroseconds: u16be(v, 0),
            receiveWakeMicroseconds: u16be(v, 2),
            fallbackReceiveWakeMicroseconds: u16be(v, 4),
            echoTransmitWakeMicroseconds: u16be(v, 6),
            ...(v.length < 10 ? {} : { echoReceiveWakeMicroseconds: u16be(v, 8) }),
          }
    case 6:
      return v.length < 4
        ? undefined
        : {
            transmitFastWake: v[0] === 1,
            receiveFastWake: v[1] === 1,
            echoTransmitFastWake: v[2] === 1,
            echoReceiveFastWake: v[3] === 1,
          }
    case 7:
      return v.length < 2 ? undefined : preemption(u16be(v, 0))
    default:
      return null
  }
}

/** §79.3.7: frame preemption; a fragment has 64 bytes and 64 for each of the last two bits' count. */
function preemption(bits: number): TlvFields {
  return {
    bits,
    preemptionSupported: (bits & 1) !== 0,
    preemptionEnabled: (bits & 2) !== 0,
    preemptionActive: (bits & 4) !== 0,
    leastFragmentBytes: 64 * (((bits >> 3) & 3) + 1),
  }
}

/** §79.3.2: what 802.3af, 802.3at and 802.3bt each put behind the one before. Power in watts. */
function powerViaMdi(v: Uint8Array): TlvFields | undefined {
  const support = v[0]
  if (support === undefined || v.length < 3) return undefined
  const basic = {
    supportBits: support,
    portClass: (support & 1) !== 0 ? 'PSE' : 'PD',
    supported: (support & 2) !== 0,
    enabled: (support & 4) !== 0,
    pairsControllable: (support & 8) !== 0,
    powerPair: v[1] ?? 0,
    powerClass: v[2] ?? 0,
  }
  if (v.length < 4) return basic
  const type = v[3] ?? 0
  const extended = {
    ...basic,
    powerType: type >> 6,
    powerSource: (type >> 4) & 3,
    /** Of 802.3bt, PD 4PID. */
    pdTakesBothModes: (type & 4) !== 0,
    powerPriority: type & 3,
    ...(v.length < 6 ? {} : { pdRequestedWatts: watts(u16be(v, 4)) }),
    ...(v.length < 8 ? {} : { pseAllocatedWatts: watts(u16be(v, 6)) }),
  }
  return v.length < 25 ? extended : { ...extended, ...fourPair(v) }
}

/** 802.3bt. */
function fourPair(v: Uint8Array): TlvFields {
  const status = u16be(v, 16)
  const autoclass = v[21] ?? 0
  return {
    pdRequestedModeAWatts: watts(u16be(v, 8)),
    pdRequestedModeBWatts: watts(u16be(v, 10)),
    pseAllocatedAlternativeAWatts: watts(u16be(v, 12)),
    pseAllocatedAlternativeBWatts: watts(u16be(v, 14)),
    statusBits: status,
    psePoweringStatus: status >> 14,
    pdPoweredStatus: (status >> 12) & 3,
    psePowerPairs: (status >> 10) & 3,
    powerClassModeA: (status >> 7) & 7,
    powerClassModeB: (status >> 4) & 7,
    powerClassExtended: status & 0xf,
    systemSetupBits: v[18] ?? 0,
    powerTypeExtended: ((v[18] ?? 0) >> 1) & 7,
    pdLoadElectricallyIsolated: ((v[18] ?? 0) & 1) !== 0,
    pseMaximumAvailableWatts: watts(u16be(v, 19)),
    autoclassBits: autoclass,
    pseAutoclassSupported: (autoclass & 4) !== 0,
    autoclassCompleted: (autoclass & 2) !== 0,
    autoclassRequested: (autoclass & 1) !== 0,
    powerDownBits: u24be(v, 22),
    powerDownRequest: u24be(v, 22) >>> 18,
    powerDownSeconds: u24be(v, 22) & 0x3ffff,
  }
}

/** Tenths of a watt. */
function watts(tenths: number): number {
  return tenths / 10
}
