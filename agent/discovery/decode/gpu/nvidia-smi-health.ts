import type { GpuManagement, NamedNumbers } from '../../../../protocol/facts/gpu-management.ts'
import { wholeAmount, yes } from './amounts.ts'
import { kebab, named } from './names.ts'
import { leafOf, numbersIn } from './nvidia-smi-tree.ts'
import { elementAt, type XmlElement } from './xml.ts'

/**
 * Counters of one period. Since Ampere one level, `sram_uncorrectable`; before, `single_bit` and
 * `double_bit` with a counter a memory each, which become `single-bit.device-memory`.
 */
export function eccErrors(gpu: XmlElement, period: 'volatile' | 'aggregate'): NamedNumbers {
  const group = elementAt(gpu, `ecc_errors.${period}`)
  if (group === undefined) return {}
  const counters: Record<string, number> = { ...numbersIn(group, (name) => name) }
  for (const kind of group.children) {
    if (kind.children.length === 0) continue
    const prefix = kebab(kind.name)
    for (const [name, value] of Object.entries(numbersIn(kind, (one) => one))) {
      counters[`${prefix}.${name}`] = value
    }
  }
  const sources = elementAt(gpu, 'ecc_errors.aggregate_uncorrectable_sram_sources')
  if (period === 'aggregate' && sources !== undefined) {
    const found = numbersIn(sources, (one) => one)
    for (const [name, value] of Object.entries(found)) counters[`source.${name}`] = value
  }
  return named(Object.entries(counters))
}

/** Null where the group is missing or says N/A. */
export function remappedRows(gpu: XmlElement): GpuManagement['remappedRows'] {
  const leaf = (name: string) => leafOf(gpu, `remapped_rows.${name}`)
  const correctableCount = wholeAmount(leaf('remapped_row_corr'))
  const uncorrectableCount = wholeAmount(leaf('remapped_row_unc'))
  const pending = yes(leaf('remapped_row_pending'))
  const failed = yes(leaf('remapped_row_failure'))
  if (correctableCount === null || uncorrectableCount === null) return null
  if (pending === null || failed === null) return null
  const histogram = elementAt(gpu, 'remapped_rows.row_remapper_histogram')
  const banks =
    histogram === undefined
      ? {}
      : numbersIn(histogram, (name) => name.replace(/^row_remapper_histogram_/, ''))
  return { correctableCount, uncorrectableCount, pending, failed, banks }
}

/** Null where no counter has a value. */
export function retiredPages(gpu: XmlElement): GpuManagement['retiredPages'] {
  const leaf = (name: string) => leafOf(gpu, `retired_pages.${name}`)
  const pages = {
    singleBitCount: wholeAmount(leaf('multiple_single_bit_retirement.retired_count')),
    doubleBitCount: wholeAmount(leaf('double_bit_retirement.retired_count')),
    pending: yes(leaf('pending_retirement') ?? leaf('pending_blacklist')),
  }
  return Object.values(pages).every((value) => value === null) ? null : pages
}
