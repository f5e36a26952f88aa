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
import { devicePaths } from './device-paths.ts'
import { gpuManagement } from './gpu-management.ts'
import { kfdTopology } from './kfd.ts'
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
        /** Product name from the driver, else the one its ids stand for; null where neither tells. */
        model: textOrNull,
        /** Memory on the device; null where neither a driver nor the model tells it. */
        memorySizeBytes: bytes.nullable(),
        /** Who told the size: the driver, which leaves out what it keeps, or the model's data sheet. */
        memorySource: z.enum(['driver', 'model']).nullable(),
        /** Largest memory BAR: the device has no less memory than that where it is all mapped. */
        largestBarBytes: bytes.nullable(),
        /** How it is mounted; null where the model does not imply it. */
        formFactor: z.enum(['pcie', 'sxm', 'oam', 'mxm', 'integrated']).nullable(),
        /** What its driver tells; null where none is loaded that tells anything. */
        management: gpuManagement.nullable(),
      }),
    )
    .max(256),
  /** Version of the NVIDIA or amdgpu driver; null where none is loaded or it has none of its own. */
  driverVersion: textOrNull,
  /** CUDA version the driver supports. */
  runtimeVersion: textOrNull,
  /** NVSwitch chips. */
  switches: z
    .array(
      z.strictObject({
        address: pciAddress,
        vendorId: hex(4),
        deviceId: hex(4),
        model: textOrNull,
        driver: kernelName.nullable(),
      }),
    )
    .max(64),
  /** The board that the GPUs sit on together: `HGX H100 8-GPU`; null where they are cards. */
  baseBoard: z
    .strictObject({ model: textOrNull, gpuCount: z.int().positive().max(256) })
    .nullable(),
  /** Null without a GPU. */
  paths: devicePaths.nullable(),
  /** Null where AMD's compute driver is not loaded. */
  kfd: kfdTopology.nullable(),
})

/** See {@link gpuFacts}. */
export type GpuFacts = Frozen<z.infer<typeof gpuFacts>>
