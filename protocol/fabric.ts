import { z } from 'zod'
import { count, type Frozen } from './facts/fields.ts'
import { finding } from './facts/finding.ts'

const network = z.enum(['infiniband', 'ethernet'])

/** Id of a switch: its node GUID on InfiniBand, else the chassis id that it announces. */
const switchId = z.string().min(1).max(512)

/** `leaf`: hosts hang on it; `spine`: leaves do; `core`: spines do, or what is above. */
export const switchLevels = ['leaf', 'spine', 'core'] as const

/** A port of a switch with a link. */
const switchPort = z.object({
  /** As the switch calls it. */
  port: z.string(),
  peer: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('switch'), id: switchId, port: z.string() }),
    z.object({
      kind: z.literal('host'),
      /** As it calls itself; null: it does not. */
      name: z.string().nullable(),
      machineId: z.string().nullable(),
      /** As the host calls it, see {@link hostRail}; null: not told. */
      port: z.string().nullable(),
      /** Of the adapter; null on Ethernet. */
      nodeGuid: z.string().nullable(),
    }),
  ]),
  linkSpeedBitsPerSecond: count.nullable(),
})

const fabricSwitch = z.object({
  id: switchId,
  network,
  /** Import it is known from; null: the machines that hang on it heard it. */
  source: z.string().nullable(),
  name: z.string(),
  model: z.string().nullable(),
  /** Null: no host is on it or below it. */
  level: z.enum(switchLevels).nullable(),
  /** Rails of the hosts on it; one in a fabric that is built by rails. */
  rails: z.array(count),
  /** Links to hosts. */
  hostLinkCount: count,
  /** Links to other switches, and how many go to each. */
  switches: z.array(z.object({ id: switchId, linkCount: count })),
  /** On Ethernet only those that machines hang on: switches are not asked. */
  ports: z.array(switchPort),
})

/** A host's place in one network, rail by rail. */
const hostRail = z.object({
  /** From 1: the host's first port in this network, its second, ... */
  rail: count,
  /**
   * The port as the host calls it, `mlx5_4`, `HCA-5`, `eth2`, with `/2` behind it for a second one;
   * null: which of its ports it is, is not known.
   */
  port: z.string().nullable(),
  /** Null: the link was not seen. It may be down, or its switch out of sight: not known, not none. */
  leafId: switchId.nullable(),
  leafName: z.string().nullable(),
  /** The switch's name of its port. */
  leafPort: z.string().nullable(),
  linkSpeedBitsPerSecond: count.nullable(),
})

const fabricHost = z.object({
  network,
  source: z.string().nullable(),
  /** As it calls itself; null: it does not, and a machine of ours is known to be it. */
  name: z.string().nullable(),
  machineId: z.string().nullable(),
  /** Label `rack` of the machine. */
  rack: z.string().nullable(),
  rails: z.array(hostRail),
})

/** One topology out of subnets that were imported and what machines hear at their ports. */
export const fabricSchema = z.object({
  sources: z.array(
    z.object({
      name: z.string(),
      importedAtMs: z.number(),
      importedBy: z.string(),
      /** As the tool printed it. */
      generatedAt: z.string().nullable(),
      /** Adapters that do not say which host they are in, and that no machine of ours has. */
      namelessAdapterCount: count,
      findings: z.array(finding),
    }),
  ),
  switches: z.array(fabricSwitch),
  hosts: z.array(fabricHost),
})

/** What an import came to. */
export const fabricImportSchema = z.object({
  name: z.string(),
  leafCount: count,
  spineCount: count,
  coreCount: count,
  hostCount: count,
  railCount: count,
  namelessAdapterCount: count,
  findings: z.array(finding),
})

/** Names that imports are kept under. */
export const fabricNameSchema = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/)

/** See {@link fabricSchema}. */
export type Fabric = Frozen<z.infer<typeof fabricSchema>>
export type FabricSwitch = Fabric['switches'][number]
export type SwitchPort = FabricSwitch['ports'][number]
export type FabricHost = Fabric['hosts'][number]
export type HostRail = FabricHost['rails'][number]
export type FabricImport = Frozen<z.infer<typeof fabricImportSchema>>

/** Where a machine is in the fabric. */
export interface MachineFabric {
  /** Leaf switches it is known to hang on, in all networks, by id. */
  readonly leaves: readonly { readonly id: string; readonly name: string }[]
  /**
   * Its ports in the network that it has the most of, in their order; none where it is on no rail that
   * we know of.
   */
  readonly rails: readonly HostRail[]
}
