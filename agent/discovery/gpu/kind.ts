import type { GpuFacts } from '../../../protocol/facts/gpu.ts'
import type { PciFunction } from '../../../protocol/facts/pci.ts'
import { gpuModel } from './models.ts'

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
export function kindOf({
  vendorId,
  deviceId,
  classCode,
}: Pick<PciFunction, 'vendorId' | 'deviceId' | 'classCode'>): GpuFacts['gpus'][number]['kind'] {
  if (classCode.startsWith('12')) return 'accelerator'
  const isDisplay = classCode.startsWith('03')
  if (!isDisplay && gpuModel(vendorId, deviceId) !== undefined) return 'accelerator'
  const isConsole = [vendorId, `${vendorId}:${deviceId}`].some((id) => consoles.has(id))
  return isConsole ? 'console' : 'gpu'
}
