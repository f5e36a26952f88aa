import type { Host } from '../../host.ts'
import { describePorts, type HeardPort } from '../../neighbors/describe.ts'
import { macOfInterface } from '../../neighbors/ports.ts'
import { hear, type NeighborTable } from '../../neighbors/table.ts'
import { attemptEach } from '../attempt.ts'
import { decodeNeighborFile } from '../decode/lldp/capture.ts'
import { firmwareLldpFindings } from '../firmware-lldp.ts'
import { announcementsFolder } from '../paths.ts'
import type { Probe } from '../probe.ts'

/**
 * Who is at the other end of each cable. On the live machine nobody has spoken yet when a probe runs:
 * `watchNeighbors` tells these facts again as they come. A recording holds what was heard.
 */
export const neighborsProbe: Probe<'neighbors'> = {
  class: 'neighbors',
  async read(host) {
    const findings = await firmwareLldpFindings(host)
    if (host.live) return { facts: { settled: false, ports: [] }, findings }
    const names = (await host.list(announcementsFolder)).filter((name) => name.endsWith('.pcap'))
    const heard = await attemptEach('neighbors', names, (name) => recordedPort(host, name))
    const { facts, finding } = describePorts(heard.found)
    const own = finding === null ? [] : [finding]
    return { facts, findings: [...findings, ...heard.findings, ...own] }
  },
}

async function recordedPort(host: Host, file: string): Promise<HeardPort> {
  const name = file.slice(0, -'.pcap'.length)
  const bytes = (await host.bytes(`${announcementsFolder}/${file}`)) ?? new Uint8Array(0)
  const table: NeighborTable = new Map()
  for (const frame of decodeNeighborFile(bytes).frames) hear(table, frame, bytes, 0)
  const mac = await macOfInterface(host, name)
  return { port: { name, mac }, table, isSettled: true }
}
