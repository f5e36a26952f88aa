import { z } from 'zod'
import { count, type Frozen, hex, pciAddress, text, textOrNull } from './fields.ts'
import { gpuManagement } from './gpu-management.ts'

/** What a driver's own tool said of the GPUs of a machine, from a file it wrote. */
export const gpuImport = z.strictObject({
  driverVersion: textOrNull,
  /** CUDA or ROCm that the driver brings. */
  runtimeVersion: textOrNull,
  gpus: z
    .array(
      z.strictObject({
        /** Null where the tool's list names none. */
        address: pciAddress.nullable(),
        vendorId: hex(4).nullable(),
        deviceId: hex(4).nullable(),
        subsystemVendorId: hex(4).nullable(),
        subsystemDeviceId: hex(4).nullable(),
        revision: hex(2).nullable(),
        numaNode: count.nullable(),
        management: gpuManagement,
      }),
    )
    .max(256),
  /** Links between GPUs, by their place in `gpus`. */
  links: z
    .array(
      z.strictObject({
        from: count.max(255),
        to: count.max(255),
        kind: textOrNull,
        weight: count.nullable(),
        hopCount: count.nullable(),
      }),
    )
    .max(32_640),
})

/** See {@link gpuImport}. */
export type GpuImport = Frozen<z.infer<typeof gpuImport>>

/** `nvidia-smi topo -m`: devices and how each pair of them is connected. */
export const gpuTopologyMatrix = z.strictObject({
  devices: z
    .array(
      z.strictObject({
        /** `GPU0`, `NIC3`, `mlx5_0`. */
        name: text,
        /** `mlx5_0` of `NIC0`, from the legend; null without one. */
        legend: textOrNull,
        /** `0-47,96-143`. */
        cpuAffinity: textOrNull,
        numaAffinity: textOrNull,
      }),
    )
    .max(512),
  /** Row for row: `X`, `PIX`, `PXB`, `PHB`, `NODE`, `SYS`, `NV18`; null: not told. */
  paths: z.array(z.array(z.string().min(1).max(16).nullable()).max(512)).max(512),
})

/** See {@link gpuTopologyMatrix}. */
export type GpuTopologyMatrix = Frozen<z.infer<typeof gpuTopologyMatrix>>
