import type { Finding } from '../../../protocol/facts/finding.ts'
import type { NetworkInterface, NicFacts } from '../../../protocol/facts/nic.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { askInterface } from '../nic/ethtool.ts'
import { readFibreChannelHosts } from '../nic/fibre-channel.ts'
import { nicFindings } from '../nic/findings.ts'
import { readInterface } from '../nic/interface.ts'
import { readRdmaDevices } from '../nic/rdma.ts'
import { readSoftwareInterfaces } from '../nic/software.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'

/** Kernel documents sysfs-class-net and sysfs-class-infiniband; drivers are asked by ethtool. */
export const nicProbe: Probe<'nic'> = {
  class: 'nic',
  async read(host) {
    const names = await host.list(paths.net)
    const [interfaces, software, rdma, fibreChannel] = await Promise.all([
      readInterfaces(host, names),
      readSoftwareInterfaces(host, names),
      readRdmaDevices(host),
      readFibreChannelHosts(host),
    ])
    const facts: NicFacts = {
      interfaces: interfaces.found,
      bonds: software.bonds,
      bridges: software.bridges,
      rdmaDevices: rdma.found,
      fibreChannelHosts: fibreChannel.found,
    }
    return {
      facts,
      findings: [
        ...interfaces.findings,
        ...software.findings,
        ...rdma.findings,
        ...fibreChannel.findings,
        ...nicFindings(facts),
      ],
    }
  },
}

interface Read {
  readonly found: readonly NetworkInterface[]
  readonly findings: readonly Finding[]
}

async function readInterfaces(host: Host, names: readonly string[]): Promise<Read> {
  const read = await readNamingInterfaces(host, names)
  const asked = await all(read.found, (one) => askInterface(host, one))
  return {
    found: asked.map(({ found }) => found),
    findings: [...read.findings, ...asked.flatMap(({ findings }) => findings)],
  }
}

/** Interfaces of devices without what takes long to ask for: enough to name the machine. */
export async function readNamingInterfaces(host: Host, names: readonly string[]): Promise<Read> {
  const findings: Finding[] = []
  const read = await attemptEach('nic', names, (name) =>
    readInterface(host, name, (finding) => findings.push(finding)),
  )
  return { found: read.found, findings: [...read.findings, ...findings] }
}
