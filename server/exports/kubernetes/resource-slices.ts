import assert from 'node:assert/strict'
import type { ExportFile } from '../../../protocol/exports.ts'
import { requireDifferentNames } from '../export-node.ts'
import type { ExportAllocation, ExportNode } from '../export-node.ts'
import { yamlDocument } from '../yaml.ts'
import { devicesOf, type Device } from './devices.ts'
import { domain, objectName } from './words.ts'

/** Limits of resource.k8s.io/v1 (KEP-4381). */
const limits = { devicesPerSlice: 128, attributesAndCapacities: 32 } as const

/**
 * The devices of an allocation as ResourceSlices of Kubernetes' dynamic resource allocation: a pool a
 * node, in as many slices as its devices need. Throws `conflict` where two machines have one name.
 */
export function resourceSliceFiles({ id, nodes }: ExportAllocation): readonly ExportFile[] {
  requireDifferentNames(nodes, ({ host }) => host)
  const documents = nodes.flatMap((node) => slicesOf(id, node))
  const about = `# Devices of allocation ${id}.\n`
  const text = about + documents.map(yamlDocument).join('---\n')
  return [{ name: 'resource-slices.yaml', mediaType: 'application/yaml', text }]
}

function slicesOf(allocationId: string, node: ExportNode) {
  const devices = devicesOf(node.inventory)
  const parts: (readonly Device[])[] = []
  for (let at = 0; at < devices.length; at += limits.devicesPerSlice) {
    parts.push(devices.slice(at, at + limits.devicesPerSlice))
  }
  return parts.map((part, index) => ({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceSlice',
    metadata: {
      name: objectName(`${node.host}-${domain}-${index}`),
      labels: { [`${domain}/allocation`]: allocationId, [`${domain}/machine`]: node.machineId },
    },
    spec: {
      driver: domain,
      nodeName: node.host,
      pool: {
        name: node.host,
        // Of all slices of a pool only those of the highest generation count.
        generation: node.inventoryRevision,
        resourceSliceCount: parts.length,
      },
      devices: part.map(present),
    },
  }))
}

function present({ name, attributes, capacity }: Device) {
  const count = Object.keys(attributes).length + Object.keys(capacity).length
  assert(count <= limits.attributesAndCapacities, `device '${name}' has ${count} attributes`)
  return {
    name,
    attributes,
    ...(Object.keys(capacity).length === 0 ? {} : { capacity }),
  }
}
