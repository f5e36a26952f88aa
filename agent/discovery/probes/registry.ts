import type { FactClass } from '../../../protocol/facts/classes.ts'
import type { Probe } from '../probe.ts'
import { cpuProbe } from './cpu.ts'
import { firmwareProbe } from './firmware.ts'
import { gpuProbe } from './gpu.ts'
import { memoryProbe } from './memory.ts'
import { nicProbe } from './nic.ts'
import { numaProbe } from './numa.ts'
import { pciProbe } from './pci.ts'
import { securityProbe } from './security.ts'
import { storageProbe } from './storage.ts'
import { systemProbe } from './system.ts'
import { usbProbe } from './usb.ts'

/** The probe of each class. */
export const probes: { readonly [C in FactClass]: Probe<C> } = {
  system: systemProbe,
  firmware: firmwareProbe,
  cpu: cpuProbe,
  memory: memoryProbe,
  numa: numaProbe,
  pci: pciProbe,
  gpu: gpuProbe,
  nic: nicProbe,
  storage: storageProbe,
  usb: usbProbe,
  security: securityProbe,
}
