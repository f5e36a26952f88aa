import type { FactClass } from '../../../protocol/facts/classes.ts'
import type { Probe } from '../probe.ts'
import { bmcProbe } from './bmc.ts'
import { cpuProbe } from './cpu.ts'
import { firmwareProbe } from './firmware.ts'
import { gpuProbe } from './gpu.ts'
import { memoryProbe } from './memory.ts'
import { neighborsProbe } from './neighbors.ts'
import { nicProbe } from './nic.ts'
import { numaProbe } from './numa.ts'
import { pciProbe } from './pci.ts'
import { securityProbe } from './security.ts'
import { sensorsProbe } from './sensors.ts'
import { storageProbe } from './storage.ts'
import { systemProbe } from './system.ts'
import { tpmProbe } from './tpm.ts'
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
  neighbors: neighborsProbe,
  storage: storageProbe,
  usb: usbProbe,
  tpm: tpmProbe,
  bmc: bmcProbe,
  sensors: sensorsProbe,
  security: securityProbe,
}
