import { readFile } from 'node:fs/promises'
import { decodeNvidiaSmi } from '../../agent/discovery/decode/gpu/nvidia-smi.ts'
import type { GpuImport } from '../../protocol/facts/gpu-import.ts'
import { corpusNames, corpusPath } from './corpus.ts'
import { nvidiaFields } from './nvidia-smi/fields.ts'
import { leavesOf } from './nvidia-smi/leaves.ts'
import type { Comparison, Scorer } from './scorer.ts'

const folder = 'telegraf/nvidia_smi/testdata'

/** Every value that nvidia-smi prints of a GPU, of drivers 340 to 595. */
export const nvidiaSmiScorer: Scorer = {
  source: 'nvidia-smi',
  peer: 'nvidia-smi -q -x',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    const names = await corpusNames(folder, '.xml')
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const name of names) {
      const bytes = new Uint8Array(await readFile(corpusPath(folder, `${name}.xml`)))
      compareLog(name, decodeNvidiaSmi(bytes), new TextDecoder().decode(bytes), {
        comparisons,
        uncovered,
      })
    }
    return { machineCount: names.length, comparisons, uncovered: [...new Set(uncovered)] }
  },
}

/** The words for "there is no value"; some are what an old driver prints for a new question. */
const nothing =
  /^(\[?N\/A\]?|\[?Not Supported\]?|Requested functionality has been deprecated|\[?REDACTED\]?|Unknown|Unknown Error|)$/i

/** A board whose maker gave it no serial number prints zeros. */
function isUnfilled(path: string, value: string): boolean {
  return path === 'serial' && /^0+$/.test(value)
}

/** When it was asked, not what the machine is. */
const aboutItself = /^(timestamp|attached_gpus)$/

function compareLog(
  machine: string,
  ours: GpuImport,
  text: string,
  into: { readonly comparisons: Comparison[]; readonly uncovered: string[] },
): void {
  const versions = new Map([
    ['driver_version', ours.driverVersion],
    ['cuda_version', ours.runtimeVersion],
  ])
  for (const { path, value, gpu } of leavesOf(text)) {
    if (gpu === null && aboutItself.test(path)) continue
    const theirs = nothing.test(value) || isUnfilled(path, value) ? null : value
    const found = ours.gpus[gpu ?? -1]
    const field = path.replaceAll(/\[\d+\]/g, '')
    const place = gpu === null ? machine : `${machine} GPU ${gpu}`
    const print = nvidiaFields(path)
    if (gpu === null && versions.has(path)) {
      into.comparisons.push({ machine, field, ours: versions.get(path) ?? null, theirs })
    } else if (found !== undefined && print !== undefined) {
      into.comparisons.push({ machine: place, field, ours: print(found), theirs })
    } else if (theirs !== null) into.uncovered.push(`${place}: ${field}`)
  }
}
