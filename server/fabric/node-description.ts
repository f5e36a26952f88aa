/** A host and which of its adapters this is. */
export interface AdapterName {
  readonly host: string
  readonly device: string
}

/** Names that every host has before it is given one. */
const noNames: ReadonlySet<string> = new Set(['localhost', 'localhost.localdomain', '(none)'])

/** `HCA-2` of the openib scripts, `mlx5_0` and `mlx5_bond_0` of the kernel, `ibp12s0` of udev. */
const device = /^(?:HCA-\d+|[a-z][a-z0-9]*_(?:[a-z]+_?)?\d+|(?:ib|roce|iw|opa)[a-z]*\d[a-z0-9]*)$/
const hostname = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/

/**
 * Host and device out of a node description as hosts set it (rdma-ndd: `%h %d`); null for that of
 * firmware, `MT4129 ConnectX7   Mellanox Technologies`, and for a host without a name of its own.
 */
export function adapterName(description: string): AdapterName | null {
  const parts = description.trim().split(/\s+/)
  const [host, own] = parts
  if (parts.length !== 2 || host === undefined || own === undefined) return null
  if (!hostname.test(host) || !device.test(own) || noNames.has(host)) return null
  return { host, device: own }
}

/** `Mellanox Technologies Aggregation Node`: the part of a switch that sums up what passes it. */
export function isAggregationNode(description: string): boolean {
  return /\bAggregation Node$/.test(description.trim())
}

/** What a switch says it is. */
export interface SwitchName {
  readonly name: string
  readonly model: string | null
  /** Chip of the box, `U1` or `L01/U1`; null where it does not say. */
  readonly chip: string | null
}

/** `MF0;<name>:<model>/<chip>` as managed switches of Mellanox and NVIDIA have it; else as it is. */
export function switchName(description: string): SwitchName {
  const found = /^[A-Z]{2}\d;([^:]{1,255}):([^/]{1,64})(?:\/(.{1,64}))?$/.exec(description.trim())
  const [, name, model, chip] = found ?? []
  if (name === undefined || model === undefined) {
    return { name: description.trim(), model: null, chip: null }
  }
  return { name, model, chip: chip ?? null }
}
