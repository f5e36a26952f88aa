import { readFile } from 'node:fs/promises'
import { decodeNcclTopology } from '../../agent/discovery/decode/gpu/nccl-topo.ts'
import { corpusNames, corpusPath } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'

const folder = 'aws-nccl-topo'

/**
 * The path of each pair of devices by the definitions of NCCL (graph/topo.h: PIX one PCI switch, PXB
 * several, PHB the CPU's host bridge, SYS another CPU), counted in the file's own nesting.
 */
export const ncclTopoScorer: Scorer = {
  source: 'nccl-topo',
  peer: 'NCCL topology files',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    const names = await corpusNames(folder, '-topo.xml')
    const comparisons: Comparison[] = []
    for (const name of names) {
      const bytes = new Uint8Array(await readFile(corpusPath(folder, `${name}-topo.xml`)))
      const ours = decodeNcclTopology(bytes)
      const peer = peerDevices(new TextDecoder().decode(bytes))
      const push = (field: string, own: string | null, theirs: string | null) =>
        comparisons.push({ machine: name, field, ours: own, theirs })
      push('devices', String(ours.devices.length), String(peer.length))
      let pair = 0
      for (const [index, a] of peer.entries()) {
        const own = ours.devices[index]
        push(`${a.busid} address`, own?.address ?? null, a.busid)
        push(`${a.busid} NUMA node`, String(own?.numaNode), a.attributes.get('numaid') ?? null)
        for (const [field, theirs] of a.attributes) {
          const printed = attributeOf(own, field)
          if (printed !== undefined) push(`${a.busid} ${field}`, printed, theirs)
        }
        for (const b of peer.slice(index + 1)) {
          push(`${a.busid} ${b.busid}`, ours.pairs[pair++] ?? null, letterOf(a, b))
        }
      }
    }
    return { machineCount: names.length, comparisons, uncovered: subsystems(comparisons) }
  },
}

/** The one thing the files tell of a device that we leave out. */
function subsystems(comparisons: readonly Comparison[]): readonly string[] {
  return comparisons.flatMap(({ machine, field }) =>
    field.endsWith(' vendor') ? [`${machine}: ${field.replace('vendor', 'subsystem ids')}`] : [],
  )
}

type Device = ReturnType<typeof decodeNcclTopology>['devices'][number]

function attributeOf(device: Device | undefined, field: string): string | null | undefined {
  const prefixed = (id: string | null | undefined) =>
    id === null || id === undefined ? null : `0x${id}`
  switch (field) {
    case 'vendor':
      return prefixed(device?.vendorId)
    case 'device':
      return prefixed(device?.deviceId)
    case 'class':
      return prefixed(device?.classCode)
    case 'link_width':
      return String(device?.laneWidth)
    default:
      return undefined
  }
}

interface PeerDevice {
  readonly busid: string
  readonly attributes: ReadonlyMap<string, string>
  /** Elements around it, the cpu first. */
  readonly around: readonly string[]
}

/** The pci elements that hold no other. */
function peerDevices(text: string): readonly PeerDevice[] {
  const devices: PeerDevice[] = []
  const open: { readonly name: string; readonly attributes: ReadonlyMap<string, string> }[] = []
  let candidate: PeerDevice | null = null
  for (const [, close, tag, rest = ''] of text
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .matchAll(/<(\/?)(cpu|pci)\b([^>]*)>/g)) {
    if (close === '/') {
      if (candidate !== null) devices.push(candidate)
      candidate = null
      open.pop()
      continue
    }
    const attributes = new Map(
      [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(
        ([, key = '', value = '']) => [key, value] as const,
      ),
    )
    candidate = null
    const numaid = open[0]?.attributes.get('numaid')
    if (tag === 'pci') {
      const all = numaid === undefined ? attributes : new Map([...attributes, ['numaid', numaid]])
      candidate = {
        busid: attributes.get('busid') ?? '',
        attributes: all,
        around: open.map(({ name }) => name),
      }
    }
    if (rest.endsWith('/')) {
      if (candidate !== null) devices.push(candidate)
      candidate = null
    } else
      open.push({
        name: `${open.length}.${attributes.get('busid') ?? numaidOf(attributes)}`,
        attributes,
      })
  }
  return devices
}

function numaidOf(attributes: ReadonlyMap<string, string>): string {
  return `cpu ${attributes.get('numaid') ?? ''}`
}

function letterOf(a: PeerDevice, b: PeerDevice): string {
  let shared = 0
  while (shared < a.around.length && a.around[shared] === b.around[shared]) shared++
  if (shared === 0) return 'S'
  if (shared === 1) return 'H'
  const switches = a.around.length - shared + (b.around.length - shared) + 1
  return switches === 1 ? 'I' : 'B'
}
