import { ataScorer } from './ata.ts'
import { lldpScorers } from './lldp.ts'
import { lscpuScorer, lscpuTopologyScorer } from './lscpu.ts'
import { lspciSysfsScorer } from './lspci-sysfs.ts'
import { lspciLinesScorer, lspciScorer } from './lspci.ts'
import { ncclTopoScorer } from './nccl-topo.ts'
import { nvidiaSmiScorer } from './nvidia-smi.ts'
import { rocmKfdScorer } from './rocm-kfd.ts'
import { rocmSmiScorer } from './rocm-smi.ts'
import type { Scorer } from './scorer.ts'
import { smbiosScorer } from './smbios.ts'
import { tpmScorer } from './tpm.ts'

/** Every scorer, in the order they are printed. */
export const scorers: readonly Scorer[] = [
  smbiosScorer,
  lspciScorer,
  lspciLinesScorer,
  lspciSysfsScorer,
  lscpuTopologyScorer,
  lscpuScorer,
  tpmScorer,
  ...lldpScorers,
  ataScorer,
  nvidiaSmiScorer,
  rocmSmiScorer,
  rocmKfdScorer,
  ncclTopoScorer,
]
