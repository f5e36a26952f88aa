import { z } from 'zod'
import { count, type Frozen, hex } from './facts/fields.ts'
import { finding } from './facts/finding.ts'

/** An EUI-64 as 16 digits: of a node, a port, or a whole box (InfiniBand Architecture 1.4 §14.2.5). */
export const guid = hex(16)

const nodeKind = z.enum(['switch', 'adapter', 'router'])
const text = z.string().max(1024)

/** A port with a link, and the port at its other end. */
const linkedPort = z.strictObject({
  number: count,
  /** Null on a switch, whose ports share one. */
  guid: guid.nullable(),
  /** Number on the box around it; null where it is not told. */
  externalNumber: count.nullable(),
  /** Local id and its mask control; null on a switch. */
  lid: count.nullable(),
  lmc: count.nullable(),
  peer: z.strictObject({
    kind: nodeKind,
    guid,
    port: count,
    /** Null on a switch. */
    portGuid: guid.nullable(),
    externalNumber: count.nullable(),
    description: text,
    lid: count,
  }),
  /** Lanes in use; null: not known to the tool. */
  laneWidth: count.nullable(),
  /** Signalling of a lane, `NDR`; null: not known to the tool. */
  speed: z.string().max(16).nullable(),
  /** Rate of all lanes as it is sold, 4x NDR 400 Gbit/s; null where one of the two is not known. */
  linkSpeedBitsPerSecond: count.nullable(),
  /** What `--full` adds: the fields of PortInfo behind speed and width; null without it. */
  fields: z.strictObject({ speed: count, width: count, vlCapability: count }).nullable(),
})

/** A switch, a router, or a channel adapter: one chip. */
const fabricNode = z.strictObject({
  kind: nodeKind,
  guid,
  /** What the chips of one box share; null: not told. */
  systemImageGuid: guid.nullable(),
  /** Of a switch's management port; null for the others. */
  portGuid: guid.nullable(),
  /** OUI of the maker and its number of the device; null: not told. */
  vendorId: hex(6).nullable(),
  deviceId: hex(4).nullable(),
  portCount: count,
  /** What the node says it is, `node17 mlx5_0`, or what a name map calls it. */
  description: text,
  /** Management port of a switch; null for the others. */
  managementPort: z.strictObject({ enhanced: z.boolean(), lid: count, lmc: count }).nullable(),
  /** Box that `--grouping` has found it in; null without. */
  chassis: z
    .strictObject({ number: count, name: text.nullable(), place: text.nullable() })
    .nullable(),
  ports: z.array(linkedPort).max(4096),
})

/** A subnet as `ibnetdiscover` found it. */
export const fabricDump = z.strictObject({
  /** As it is printed, in the clock of the machine that ran it; null: not told. */
  generatedAt: z.string().max(64).nullable(),
  initiatedFrom: z.strictObject({ nodeGuid: guid, portGuid: guid }).nullable(),
  chassis: z.array(z.strictObject({ number: count, guid: guid.nullable() })).max(100_000),
  nodes: z.array(fabricNode).max(1_000_000),
  findings: z.array(finding).max(1000),
})

/** See {@link fabricDump}. */
export type FabricDump = Frozen<z.infer<typeof fabricDump>>

/** One entry of {@link FabricDump}. */
export type FabricNode = FabricDump['nodes'][number]

/** One port of a {@link FabricNode}. */
export type FabricPort = FabricNode['ports'][number]
