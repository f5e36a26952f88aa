import { DecodeError } from '../../../protocol/errors.ts'
import type { Finding } from '../../../protocol/facts/finding.ts'
import type { FibreChannelHost } from '../../../protocol/facts/rdma.ts'
import type { Host } from '../../host.ts'
import { attempt, attemptEach } from '../attempt.ts'
import { deviceText, meaningfulText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { attribute, countAttribute, linkName } from '../sysfs.ts'
import { readCounters } from './counters.ts'
import { pciAddressOf } from './place.ts'

/** Ports of Fibre Channel adapters, drivers/scsi/scsi_transport_fc.c. */
export async function readFibreChannelHosts(
  host: Host,
): Promise<{ readonly found: readonly FibreChannelHost[]; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = []
  const names = await host.list(paths.fibreChannelHosts)
  const read = await attemptEach('nic', names, async (name) => {
    const statistics = await attempt('nic', name, () =>
      readCounters(host, `${paths.fibreChannelHosts}/${name}/statistics`, isStatistic),
    )
    if (statistics.kind === 'failed') findings.push(statistics.finding)
    const counts = statistics.kind === 'done' ? (statistics.value?.counts ?? {}) : {}
    return readHost(host, name, counts)
  })
  return { found: read.found, findings: [...read.findings, ...findings] }
}

/** Writing to it clears the others; it cannot be read. */
const isStatistic = (name: string) => name !== 'reset_statistics'

async function readHost(
  host: Host,
  name: string,
  statistics: FibreChannelHost['statistics'],
): Promise<FibreChannelHost> {
  const folder = `${paths.fibreChannelHosts}/${name}`
  const text = (file: string) => attribute(host, `${folder}/${file}`)
  const words = async (file: string) => meaningfulText(await text(file))
  const pciAddress = await pciAddressOf(host, paths.fibreChannelHosts, name)
  return {
    name,
    // The host's own device is the SCSI host; the driver sits on the function above it.
    driver: pciAddress === null ? null : await linkName(host, `${paths.pci}/${pciAddress}/driver`),
    pciAddress,
    wwpn: worldWideName(await text('port_name')),
    wwnn: worldWideName(await text('node_name')),
    fabricWwn: worldWideName(await text('fabric_name')),
    portId: portIdOf(await text('port_id')),
    portType: await words('port_type'),
    portState: await words('port_state'),
    linkSpeedBitsPerSecond: speedsOf(await text('speed'))[0] ?? null,
    supportedSpeedsBitsPerSecond: speedsOf(await text('supported_speeds')),
    supportedClasses: (deviceText(await text('supported_classes')) ?? '')
      .split(/\s*,\s*/)
      .filter((one) => one.startsWith('Class')),
    symbolicName: deviceText(await text('symbolic_name')),
    deviceLossTimeoutSeconds: await countAttribute(host, `${folder}/dev_loss_tmo`),
    statistics,
  }
}

/** `0x1000e0071bce95f2`; null for none, which is all zeros or all ones. */
function worldWideName(text: string | null): string | null {
  if (text === null) return null
  const digits = /^0x([0-9a-f]{1,16})$/i.exec(text)?.[1]?.toLowerCase().padStart(16, '0')
  if (digits === undefined) {
    throw new DecodeError(`Cannot read a world wide name: found '${text.slice(0, 64)}'`)
  }
  return /^(0+|f+)$/.test(digits) ? null : digits
}

/** `0x000002`; null before login, which is all zeros or all ones. */
function portIdOf(text: string | null): string | null {
  const digits = text === null ? null : /^0x([0-9a-f]{6})$/i.exec(text)?.[1]?.toLowerCase()
  return digits === undefined || digits === null || /^(0+|f+)$/.test(digits) ? null : digits
}

/** `4 Gbit, 8 Gbit, 16 Gbit`; words such as `unknown` are no speed. */
function speedsOf(text: string | null): readonly number[] {
  return [...(text ?? '').matchAll(/(\d{1,4}) Gbit/g)].map(([, speed]) => Number(speed) * 1e9)
}
