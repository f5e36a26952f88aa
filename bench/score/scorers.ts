import { ataScorer } from './ata.ts'
import { checkboxScorer } from './checkbox.ts'
import { hwmonScorer } from './hwmon.ts'
import { ibnetdiscoverScorer } from './ibnetdiscover.ts'
import { ghwScorer } from './ghw.ts'
import { nicMetricsScorer } from './infiniband.ts'
import { nicSysfsScorer } from './infiniband-sysfs.ts'
import { lldpScorers } from './lldp.ts'
import { lscpuScorer, lscpuTopologyScorer } from './lscpu.ts'
import { lsmemScorer } from './lsmem.ts'
import { lsblkScorer } from './lsblk.ts'
import { lspciSysfsScorer } from './lspci-sysfs.ts'
import { lspciLinesScorer, lspciScorer } from './lspci.ts'
import { ncclTopoScorer } from './nccl-topo.ts'
import { memoryMetricsScorer } from './node-exporter.ts'
import { nvidiaSmiScorer } from './nvidia-smi.ts'
import { rocmKfdScorer } from './rocm-kfd.ts'
import { rocmSmiScorer } from './rocm-smi.ts'
import type { Scorer } from './scorer.ts'
import { smbiosScorer } from './smbios.ts'
import { tpmScorer } from './tpm.ts'
import { usbScorer } from './usb.ts'

/** Every scorer, in the order they are printed. */
export const scorers: readonly Scorer[] = [
  smbiosScorer,
  lspciScorer,
  lspciLinesScorer,
  lspciSysfsScorer,
  lscpuTopologyScorer,
  lscpuScorer,
  lsmemScorer,
  memoryMetricsScorer,
  nicMetricsScorer,
  nicSysfsScorer,
  tpmScorer,
  usbScorer,
  hwmonScorer,
  checkboxScorer,
  ...lldpScorers,
  ibnetdiscoverScorer,
  ataScorer,
  lsblkScorer,
  ghwScorer,
  nvidiaSmiScorer,
  rocmSmiScorer,
  rocmKfdScorer,
  ncclTopoScorer,
]
