import type { Finding } from '../../../protocol/facts/finding.ts'
import {
  type DevicePaths,
  maxPathDevices,
  pathsBetween,
} from '../../../protocol/facts/device-paths.ts'
import type { GpuFacts } from '../../../protocol/facts/gpu.ts'
import type { PciFunction } from '../../../protocol/facts/pci.ts'
import type { Host } from '../../host.ts'
import { attempt, attemptEach } from '../attempt.ts'
import { baseBoardOf } from '../gpu/base-board.ts'
import { gpuFindings } from '../gpu/findings.ts'
import { kindOf } from '../gpu/kind.ts'
import { readKfdTopology } from '../gpu/kfd-topology.ts'
import { gpuModel, nvSwitches } from '../gpu/models.ts'
import { readNvidiaDriver } from '../gpu/nvidia.ts'
import { describeGpu } from '../gpu/describe.ts'
import { paths } from '../paths.ts'
import { pciAddresses, readPciFunction } from '../pci-function.ts'
import type { Probe } from '../probe.ts'
import { attribute } from '../sysfs.ts'

/** Display controllers and accelerators on PCI, what their drivers tell, and the ways between them. */
export const gpuProbe: Probe<'gpu'> = {
  class: 'gpu',
  async read(host) {
    // What cannot be read is the PCI probe's to report; a finding here would say it twice.
    const addresses = await pciAddresses(host)
    const { found: candidates } = await attemptEach('gpu', addresses, (at) => candidate(host, at))
    const devices = candidates.filter((one) => isGpu(one))
    const hasNvidia = devices.some(({ vendorId }) => vendorId === '10de')
    const nvidia = hasNvidia ? await readNvidiaDriver(host) : null
    const { found: gpus, findings } = await attemptEach(
      'gpu',
      devices.map((found) => ({ name: found.address, found })),
      ({ found }) => describeGpu(host, found, nvidia?.managements.get(found.address) ?? null),
    )
    const kfd = await attempt('gpu', paths.kfdNodes, () => readKfdTopology(host))
    const ways = await waysBetween(host, addresses, gpus)
    const switches = switchesOf(candidates)
    return {
      facts: {
        gpus,
        driverVersion: nvidia?.driverVersion ?? (await amdgpuVersion(host, gpus)),
        runtimeVersion: nvidia?.runtimeVersion ?? null,
        switches,
        baseBoard: baseBoardOf(gpus, switches.length),
        paths: ways.paths,
        kfd: kfd.kind === 'done' ? kfd.value : null,
      },
      findings: [
        ...findings,
        ...(nvidia?.findings ?? []),
        ...(kfd.kind === 'failed' ? [kfd.finding] : []),
        ...ways.findings,
        ...gpuFindings({ gpus }),
      ],
    }
  },
}

/** Classes of accelerators that do not say so, and of NVSwitches (0680). */
const otherClasses = /^(0x)?(00|0[56]80|08|0b|1180|ff)/
const ownClasses = /^(0x)?(03|12)/

/** Null for a function of a class that no GPU, accelerator or NVSwitch has. */
async function candidate(host: Host, address: string): Promise<PciFunction | null> {
  const code = await attribute(host, `${paths.pci}/${address}/class`)
  if (code !== null && !ownClasses.test(code) && !otherClasses.test(code)) return null
  return (await readPciFunction(host, address, new Map())).facts
}

/** By class; and by id those that call themselves something else, as AWS's and Google's do. */
function isGpu({ classCode, vendorId, deviceId }: PciFunction): boolean {
  if (ownClasses.test(classCode)) return true
  return otherClasses.test(classCode) && gpuModel(vendorId, deviceId) !== undefined
}

function switchesOf(functions: readonly PciFunction[]): GpuFacts['switches'] {
  return functions.flatMap(({ address, vendorId, deviceId, driver }) => {
    const model = nvSwitches.get(`${vendorId}:${deviceId}`)
    return model === undefined ? [] : [{ address, vendorId, deviceId, model, driver }]
  })
}

/** The version of amdgpu where it is not the kernel's own. */
async function amdgpuVersion(host: Host, gpus: GpuFacts['gpus']): Promise<string | null> {
  const isUsed = gpus.some(({ driver }) => driver === 'amdgpu')
  return isUsed ? await attribute(host, paths.amdgpuVersion) : null
}

async function waysBetween(
  host: Host,
  addresses: readonly string[],
  gpus: GpuFacts['gpus'],
): Promise<{ readonly paths: DevicePaths | null; readonly findings: readonly Finding[] }> {
  const computing = new Set(
    gpus.filter((gpu) => kindOf(gpu) !== 'console').map(({ address }) => address),
  )
  if (computing.size === 0) return { paths: null, findings: [] }
  const { found: functions } = await attemptEach('gpu', addresses, async (at) => {
    const { facts } = await readPciFunction(host, at, new Map())
    return facts
  })
  const nodes = (await host.list(paths.node)).filter((name) => /^node\d+$/.test(name)).length
  try {
    const found = pathsBetween(functions, nodes === 0 ? null : nodes, ({ address }) =>
      computing.has(address),
    )
    return { paths: found, findings: [] }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const message = `paths are told for up to ${maxPathDevices} devices: ${error.message}`
    return {
      paths: null,
      findings: [{ code: 'gpu.too-many-devices', severity: 'info', subject: 'gpu', message }],
    }
  }
}
