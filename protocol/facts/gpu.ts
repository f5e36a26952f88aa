import { z } from 'zod'
import {
  bytes,
  type Frozen,
  hex,
  kernelName,
  numaNodeOrNull,
  pciAddress,
  textOrNull,
} from './fields.ts'
import { pciLink } from './pci.ts'

/** Display controllers (class 03) and processing accelerators (class 12) on PCI. */
export const gpuFacts = z.strictObject({
  gpus: z
    .array(
      z.strictObject({
        address: pciAddress,
        /**
         * `console`: the display adapter of a BMC or hypervisor, of no use for computing.
         * `accelerator`: class 12. `gpu`: every other display controller.
         */
        kind: z.enum(['gpu', 'accelerator', 'console']),
        vendorId: hex(4),
        deviceId: hex(4),
        subsystemVendorId: hex(4).nullable(),
        subsystemDeviceId: hex(4).nullable(),
        classCode: hex(6),
        /** Null where neither the config space nor the kernel tells it. */
        revision: hex(2).nullable(),
        driver: kernelName.nullable(),
        link: pciLink.nullable(),
        numaNode: numaNodeOrNull,
        /** Product name from the device or its driver; null where only ids are known. */
        model: textOrNull,
        /** Memory on the device; null where no driver tells it. */
        memorySizeBytes: bytes.nullable(),
      }),
    )
    .max(256),
})

/** See {@link gpuFacts}. */
export type GpuFacts = Frozen<z.infer<typeof gpuFacts>>
