import type { Fields } from '../field-values.ts'
import * as conventional from './conventional.ts'
import { designatedVendor } from './cxl.ts'
import * as errors from './errors.ts'
import { expressRegisters } from './express.ts'
import { flitErrorInjection, flitLogging, flitPerformance } from './flit.ts'
import { hyperTransport } from './hyper-transport.ts'
import * as physical from './physical.ts'
import { digits, type FunctionContext, readRegisters, type Register } from './registers.ts'
import * as services from './services.ts'

type Read = (config: Uint8Array, at: number, end: number, context: FunctionContext) => Fields

/** A capability is registers at fixed places, read by code where they are not, or both. */
export interface Layout {
  readonly registers?: readonly Register[]
  readonly read?: Read
}

/** By id in hex. What `read` finds is told by its code. */
export const capabilities: Readonly<Record<string, Layout>> = {
  '01': { registers: conventional.powerManagement },
  '02': { registers: conventional.agp },
  '03': { registers: conventional.vitalProductData },
  '04': { registers: conventional.slotIdentification },
  '05': { registers: conventional.messageSignaled, read: conventional.messageAddress },
  '07': { registers: conventional.pciX },
  '08': { read: hyperTransport },
  '09': { read: conventional.vendorSpecific },
  '0a': { registers: conventional.debugPort },
  '0d': { registers: conventional.subsystem },
  '0e': { registers: conventional.agp },
  '10': { registers: expressRegisters },
  '11': { registers: conventional.messageSignaledExtended },
  '12': { registers: conventional.sata },
  '13': { registers: conventional.advancedFeatures },
  '14': { read: conventional.enhancedAllocation },
  '15': { registers: conventional.flatteningPortalBridge },
}

/** As {@link capabilities}, of the list behind byte 256. */
export const extendedCapabilities: Readonly<Record<string, Layout>> = {
  '0001': { registers: errors.advancedErrors },
  '0002': { read: services.virtualChannels },
  '0003': { registers: errors.serialNumber },
  '0004': { registers: services.powerBudgeting },
  '0005': { read: services.rootComplexLinks },
  '0007': { read: errors.eventCollector },
  '0008': { read: services.virtualChannels },
  '0009': { read: services.virtualChannels },
  '000b': { registers: errors.vendorExtended },
  '000d': { registers: errors.accessControl },
  '000e': { registers: services.alternativeRouting },
  '000f': { registers: services.addressTranslation },
  '0010': { registers: services.rootVirtualization },
  '0012': { registers: services.multicast },
  '0013': { registers: services.pageRequests },
  '0015': { read: services.resizableBars },
  '0016': { registers: services.dynamicPower },
  '0017': { registers: services.processingHints },
  '0018': { registers: services.latencyTolerance },
  '0019': { registers: physical.secondaryExpress },
  '001b': { registers: services.processAddressSpace },
  '001d': { registers: errors.downstreamPortContainment },
  '001e': { registers: services.powerSubstates },
  '001f': { registers: services.precisionTime },
  '0022': { registers: services.readinessTime },
  '0023': { read: designatedVendor },
  '0024': { read: services.resizableBars },
  '0025': { registers: physical.dataLinkFeature },
  '0026': { registers: physical.physical16 },
  '0027': { registers: physical.laneMargining },
  '0028': { registers: services.hierarchyId },
  '0029': { registers: services.enclosureManagement },
  '002a': { registers: physical.physical32 },
  '002b': { registers: services.alternateProtocol },
  '002e': { registers: services.dataObjectExchange },
  '002f': { registers: physical.device3 },
  '0030': { read: physical.encryption },
  '0031': { registers: physical.physical64 },
  '0032': { registers: flitLogging },
  '0033': { registers: flitPerformance },
  '0034': { registers: flitErrorInjection },
  '0036': { read: services.registerBlocks },
}

/** Of a capability nobody told us of, the word behind its head is kept. */
const unknown: Layout = { registers: [digits('word', 2, 2)] }

/**
 * What a capability of either list says, by register and field; null where nothing of it lies inside the
 * bytes that were read.
 */
export function capabilityFields(
  config: Uint8Array,
  id: string,
  at: number,
  context: FunctionContext,
): Fields | null {
  const classic = id.length === 2
  const layout = (classic ? capabilities : extendedCapabilities)[id] ?? unknown
  const end = classic ? Math.min(256, config.length) : config.length
  if (at + 4 > end) return null
  const fields = {
    ...(layout.registers === undefined
      ? {}
      : readRegisters(config, at, end, layout.registers, context)),
    ...layout.read?.(config, at, end, context),
  }
  return Object.keys(fields).length === 0 ? null : fields
}
