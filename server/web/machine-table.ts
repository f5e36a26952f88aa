import type { MachineSummary } from '../../protocol/api.ts'
import { machineStates } from '../../protocol/states.ts'
import { attributeNumber, machineTitle } from './format.ts'

/** A column of the machine list that can be sorted by. */
export interface MachineColumn {
  readonly key: string
  readonly title: string
  /** Registry attribute that is shown as a figure; null for columns of their own making. */
  readonly attribute: string | null
}

export const machineColumns: readonly MachineColumn[] = [
  { key: 'name', title: 'Machine', attribute: null },
  { key: 'state', title: 'State', attribute: null },
  { key: 'doing', title: 'Now', attribute: null },
  { key: 'cores', title: 'Cores', attribute: 'cpu.cores' },
  { key: 'memory', title: 'Memory', attribute: 'memory.size' },
  { key: 'disks', title: 'Disks', attribute: 'storage.size' },
  { key: 'gpus', title: 'GPUs', attribute: 'gpu.count' },
  { key: 'link', title: 'Link', attribute: 'nic.speedMax' },
  { key: 'triad', title: 'Triad', attribute: 'bench.memory.triad' },
  { key: 'read', title: 'Disk read', attribute: 'bench.disk.read' },
]

export interface MachineView {
  /** Words that all must be found somewhere in a machine. */
  readonly search: string
  /** A state or a flag; null: all. */
  readonly only: string | null
  readonly sortKey: string
  readonly descending: boolean
}

export const initialView: MachineView = {
  search: '',
  only: null,
  sortKey: 'name',
  descending: false,
}

/** The machines a view shows, in its order; equal ones by age, which is by id. */
export function viewMachines(
  machines: Iterable<MachineSummary>,
  view: MachineView,
): readonly MachineSummary[] {
  const words = view.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const compare = comparison(view)
  return [...machines]
    .filter(
      (machine) =>
        isOf(machine, view.only) && words.every((word) => searchText(machine).includes(word)),
    )
    .toSorted((a, b) => compare(a, b) || (a.id < b.id ? -1 : 1))
}

/** How many machines there are of each state and flag; what there is none of is left out. */
export function countMachines(
  machines: Iterable<MachineSummary>,
): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>(machineStates.map((state) => [state, 0]))
  for (const { state, flags } of machines) {
    for (const word of [state, ...flags]) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count > 0)
}

function isOf({ state, flags }: MachineSummary, only: string | null): boolean {
  return only === null || state === only || flags.some((flag) => flag === only)
}

function searchText(machine: MachineSummary): string {
  const { id, name, claims, shape, labels, address, state, flags } = machine
  const words = [
    id,
    name,
    claims.systemSerial,
    shape?.text,
    address,
    state,
    ...flags,
    ...claims.macs,
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...findingCodes(machine),
  ]
  return words.join(' ').toLowerCase()
}

function findingCodes({ attributes }: MachineSummary): readonly string[] {
  const codes = attributes['finding.codes']
  return Array.isArray(codes) ? codes.map(String) : []
}

function comparison({
  sortKey,
  descending,
}: MachineView): (a: MachineSummary, b: MachineSummary) => number {
  const attribute = machineColumns.find(({ key }) => key === sortKey)?.attribute ?? null
  const sign = descending ? -1 : 1
  if (attribute === null) {
    const word = textKeys[sortKey] ?? machineTitle
    return (a, b) => sign * word(a).localeCompare(word(b), undefined, { numeric: true })
  }
  return (a, b) => {
    const [one, other] = [attributeNumber(a, attribute), attributeNumber(b, attribute)]
    // What nobody knows stands last, whichever way the rest goes.
    if (one === null || other === null) return Number(one === null) - Number(other === null)
    return sign * (one - other)
  }
}

const textKeys: Readonly<Record<string, (machine: MachineSummary) => string>> = {
  name: machineTitle,
  state: ({ state, flags }) => [state, ...flags].join(' '),
  doing: ({ activity, phase }) => activity?.kind ?? phase ?? '',
}
