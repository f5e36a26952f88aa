import type { GpuFacts } from '../../../protocol/facts/gpu.ts'
import type { PciFunction } from '../../../protocol/facts/pci.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { pciAddresses, readPciFunction } from '../pci-function.ts'
import type { Probe } from '../probe.ts'
import { attribute, countAttribute } from '../sysfs.ts'

type Gpu = GpuFacts['gpus'][number]

/** Display controllers and accelerators on PCI, with what the amdgpu driver adds. */
export const gpuProbe: Probe<'gpu'> = {
  class: 'gpu',
  async read(host) {
    // What cannot be read is the PCI probe's to report; a finding here would say it twice.
    const { found } = await attemptEach('gpu', await pciAddresses(host), (at) => readGpu(host, at))
    return { facts: { gpus: found }, findings: [] }
  },
}

/** Null for a function of another class. */
async function readGpu(host: Host, address: string): Promise<Gpu | null> {
  const code = await attribute(host, `${paths.pci}/${address}/class`)
  if (code !== null && !/^0x(03|12)/.test(code)) return null
  const { facts } = await readPciFunction(host, address, new Map())
  return /^(03|12)/.test(facts.classCode) ? describe(host, facts) : null
}

async function describe(host: Host, found: PciFunction): Promise<Gpu> {
  const folder = `${paths.pci}/${found.address}`
  return {
    address: found.address,
    kind: kindOf(found),
    vendorId: found.vendorId,
    deviceId: found.deviceId,
    subsystemVendorId: found.subsystemVendorId,
    subsystemDeviceId: found.subsystemDeviceId,
    classCode: found.classCode,
    revision: found.revision,
    driver: found.driver,
    link: found.link,
    numaNode: found.numaNode,
    // Kernel document amdgpu/driver-misc.rst; other drivers have no such attribute.
    model: deviceText(await attribute(host, `${folder}/product_name`)),
    memorySizeBytes: await countAttribute(host, `${folder}/mem_info_vram_total`),
  }
}

/** Vendors, or vendor and device, whose display adapters only show a console. */
const consoles = new Set([
  '1013', // Cirrus, QEMU's old adapter
  '102b', // Matrox G200 in BMCs
  '1234', // QEMU standard VGA
  '126f', // Silicon Motion in BMCs
  '1414', // Hyper-V
  '15ad', // VMware
  '18ca', // XGI in BMCs
  '1a03', // ASPEED BMC
  '1af4', // virtio-gpu
  '1b36', // QEMU QXL
  '5853', // Xen
  '80ee', // VirtualBox
  '1002:515e', // ES1000 in BMCs
  '19e5:1711', // Huawei iBMC
])

/** Which of the three kinds of facts/gpu.ts a function is. */
export function kindOf(
  found: Pick<PciFunction, 'vendorId' | 'deviceId' | 'classCode'>,
): Gpu['kind'] {
  if (found.classCode.startsWith('12')) return 'accelerator'
  const isConsole = [found.vendorId, `${found.vendorId}:${found.deviceId}`].some((id) =>
    consoles.has(id),
  )
  return isConsole ? 'console' : 'gpu'
}
