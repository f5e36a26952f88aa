import { type PathClass, pathLetters } from '../../protocol/facts/device-paths.ts'
import type { FactsOf, Inventory } from '../../protocol/facts/inventory.ts'

type GpuFacts = FactsOf<'gpu'>

/** How GPUs reach each other and the devices around them. */
export interface PathMatrix {
  readonly columns: readonly MatrixDevice[]
  readonly rows: readonly { readonly device: MatrixDevice; readonly cells: readonly MatrixCell[] }[]
}

export interface MatrixDevice {
  readonly address: string
  readonly kind: 'gpu' | 'nic' | 'nvme'
  /** `GPU 0`, the interface's or the disk's name, else the address. */
  readonly name: string
}

/** `self`: the device itself. `unknown`: nobody can say. */
export interface MatrixCell {
  /** What orders the colours. */
  readonly kind: PathClass | 'link' | 'self' | 'unknown'
  /** `PIX`, `NV18`, `XGMI`. */
  readonly text: string
}

/** More columns are wider than any screen: disks are left out first. */
const columnsMaximum = 24

/** A row for each GPU; null without one. */
export function pathMatrix(inventory: Inventory): PathMatrix | null {
  const { gpu } = inventory
  const paths = gpu?.paths ?? null
  if (gpu === null || paths === null) return null
  const names = deviceNames(inventory)
  const all = paths.devices.map((device, index) => ({
    index,
    device: { ...device, name: names.get(device.address) ?? device.address },
  }))
  const rows = all.filter(({ device }) => device.kind === 'gpu')
  if (rows.length === 0 || all.length < 2) return null
  const columns =
    all.length > columnsMaximum ? all.filter(({ device }) => device.kind !== 'nvme') : all
  const ordered = columns.toSorted((a, b) => order[a.device.kind] - order[b.device.kind])
  return {
    columns: ordered.map(({ device }) => device),
    rows: rows.map((row) => ({
      device: row.device,
      cells: ordered.map((column) => {
        if (row.index === column.index) return { kind: 'self', text: '' }
        return (
          directLink(gpu, row.device.address, column.device.address) ??
          pathCell(paths.pairs, paths.devices.length, row.index, column.index)
        )
      }),
    })),
  }
}

const order = { gpu: 0, nic: 1, nvme: 2 } as const

/** What people call the devices, by PCI address. */
function deviceNames({ gpu, nic, storage }: Inventory): ReadonlyMap<string, string> {
  const gpus = (gpu?.gpus ?? []).filter(({ kind }) => kind !== 'console')
  return new Map([
    ...(storage?.disks ?? []).map(({ pciAddress, name }) => [pciAddress ?? '', name] as const),
    ...(nic?.interfaces ?? []).map(({ pciAddress, name }) => [pciAddress ?? '', name] as const),
    ...gpus.map(({ address }, index) => [address, `GPU ${index}`] as const),
  ])
}

/** NVLink or XGMI between two GPUs, straight or through a switch; null where there is none. */
function directLink({ gpus, kfd }: GpuFacts, from: string, to: string): MatrixCell | null {
  const [a, b] = [from, to].map((address) =>
    gpus.find((gpu) => gpu.address === address)?.management?.nvLinks.filter(({ active }) => active),
  )
  const straight = a?.filter(({ remoteAddress }) => remoteAddress === to).length ?? 0
  const throughSwitch = (links: typeof a) =>
    links?.filter(({ remoteKind }) => remoteKind === 'switch').length ?? 0
  const count = Math.max(straight, Math.min(throughSwitch(a), throughSwitch(b)))
  if (count > 0) return { kind: 'link', text: `NV${count}` }
  const nodeOf = (address: string) => kfd?.nodes.find((node) => node.address === address)
  const [one, other] = [nodeOf(from), nodeOf(to)]
  const isJoined = one?.links.some(
    (link) => link.kind === 'xgmi' && other !== undefined && link.to.includes(other.id),
  )
  return isJoined === true ? { kind: 'link', text: 'XGMI' } : null
}

/** The letter of a pair above the diagonal, whichever comes first. */
function pathCell(pairs: string, count: number, a: number, b: number): MatrixCell {
  const [row, column] = a < b ? [a, b] : [b, a]
  const letter = pairs[row * count - (row * (row + 1)) / 2 + (column - row - 1)]
  const kind = pathClasses.find((one) => pathLetters[one] === letter)
  return kind === undefined ? { kind: 'unknown', text: '?' } : { kind, text: kind }
}

const pathClasses = ['PIX', 'PXB', 'PHB', 'NODE', 'SYS'] as const
