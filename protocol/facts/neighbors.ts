import { z } from 'zod'
import { type Frozen, kernelName, macAddress } from './fields.ts'
import { neighborSummary } from './lldp.ts'

/** What is at the other end of a cable, as it says itself by LLDP or CDP. */
const neighbor = neighborSummary.extend({
  protocol: z.enum(['lldp', 'cdp']),
  /** Sender of the frames; null in a capture that has not kept it. */
  sourceMac: macAddress.nullable(),
  /** What else it says and is understood, `dot1.vlan-name`, `dot3.link-aggregation`, in order. */
  details: z
    .array(
      z.strictObject({ name: z.string().max(64), fields: z.record(z.string().max(64), z.json()) }),
    )
    .max(256),
})

/** A network interface that was listened on. */
const listeningPort = z.strictObject({
  interface: kernelName,
  /** Its current address; null: not told. */
  mac: macAddress.nullable(),
  /** By protocol, chassis and port; none where nobody spoke, or the last word has expired. */
  neighbors: z.array(neighbor).max(16),
})

/**
 * Who is at the other end of each cable (IEEE 802.1AB LLDP, and CDP). Neighbours speak every 30 to 60
 * seconds: these facts are told again whenever one is heard, changes, or falls silent.
 */
export const neighborsFacts = z.strictObject({
  /**
   * Every port was listened on for long enough for its neighbour to speak, or has one. While false, a
   * neighbour that is not here may just not have spoken yet.
   */
  settled: z.boolean(),
  ports: z.array(listeningPort).max(256),
})

/** See {@link neighborsFacts}. */
export type NeighborsFacts = Frozen<z.infer<typeof neighborsFacts>>

/** One entry of {@link NeighborsFacts}. */
export type ListeningPort = NeighborsFacts['ports'][number]

/** One neighbour of a {@link ListeningPort}. */
export type Neighbor = ListeningPort['neighbors'][number]
