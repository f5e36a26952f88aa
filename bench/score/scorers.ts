import { ataScorer } from './ata.ts'
import { lldpScorers } from './lldp.ts'
import { lspciScorer } from './lspci.ts'
import type { Scorer } from './scorer.ts'
import { smbiosScorer } from './smbios.ts'
import { tpmScorer } from './tpm.ts'

/** Every scorer, in the order they are printed. */
export const scorers: readonly Scorer[] = [
  smbiosScorer,
  lspciScorer,
  tpmScorer,
  ...lldpScorers,
  ataScorer,
]
