import type { FactClass } from '../../../protocol/facts/classes.ts'
import type { Probe } from '../probe.ts'

/**
 * The probe of each class, loaded when it is wanted: under emulation loading all of them takes longer
 * than the first facts take to find.
 */
export const probes: { readonly [C in FactClass]: () => Promise<Probe<C>> } = {
  system: async () => (await import('./system.ts')).systemProbe,
  firmware: async () => (await import('./firmware.ts')).firmwareProbe,
  cpu: async () => (await import('./cpu.ts')).cpuProbe,
  memory: async () => (await import('./memory.ts')).memoryProbe,
  numa: async () => (await import('./numa.ts')).numaProbe,
  pci: async () => (await import('./pci.ts')).pciProbe,
  gpu: async () => (await import('./gpu.ts')).gpuProbe,
  nic: async () => (await import('./nic.ts')).nicProbe,
  neighbors: async () => (await import('./neighbors.ts')).neighborsProbe,
  storage: async () => (await import('./storage.ts')).storageProbe,
  usb: async () => (await import('./usb.ts')).usbProbe,
  tpm: async () => (await import('./tpm.ts')).tpmProbe,
  bmc: async () => (await import('./bmc.ts')).bmcProbe,
  sensors: async () => (await import('./sensors.ts')).sensorsProbe,
  security: async () => (await import('./security.ts')).securityProbe,
}
