import type { Finding } from '../../protocol/facts/finding.ts'
import type { ListeningPort, Neighbor, NeighborsFacts } from '../../protocol/facts/neighbors.ts'
import type { Port } from './ports.ts'
import { neighborsIn, type NeighborTable } from './table.ts'

/** A port with who was heard there. */
export interface HeardPort {
  readonly port: Pick<Port, 'name' | 'mac'>
  readonly table: NeighborTable
  /** It was listened on for long enough, see {@link NeighborsFacts}. */
  readonly isSettled: boolean
}

/** Ports that are described: more than any machine has cables. */
const maxPorts = 256

/** Of the text of all neighbours together; a frame to the server takes 1 MiB. */
const maxTextLength = 384 * 1024

/** What was heard at all ports, by name; a finding where something had to be left out. */
export function describePorts(heard: readonly HeardPort[]): {
  readonly facts: NeighborsFacts
  readonly finding: Finding | null
} {
  const ports: ListeningPort[] = []
  let length = 0
  let left = 0
  for (const { port, table } of heard.toSorted(byName)) {
    const neighbors: Neighbor[] = []
    for (const neighbor of neighborsIn(table)) {
      length += JSON.stringify(neighbor).length
      if (length > maxTextLength || ports.length >= maxPorts) left += 1
      else neighbors.push(neighbor)
    }
    if (ports.length < maxPorts) ports.push({ interface: port.name, mac: port.mac, neighbors })
  }
  const settled = heard.length > 0 && heard.every(({ isSettled }) => isSettled)
  const beyond = Math.max(0, heard.length - maxPorts)
  const message = `${left} neighbours and ${beyond} ports are not told: there are too many`
  return {
    facts: { settled, ports },
    finding:
      left + beyond === 0
        ? null
        : { code: 'neighbors.too-many', severity: 'warning', subject: 'neighbors', message },
  }
}

function byName(a: HeardPort, b: HeardPort): number {
  return a.port.name < b.port.name ? -1 : 1
}
