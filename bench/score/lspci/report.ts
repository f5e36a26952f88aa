import type { PciConfigSpace } from '../../../protocol/facts/pci-config.ts'
import { capabilityText } from './conventional.ts'
import { extendedText } from './extended.ts'
import { headLines } from './head.ts'
import { at } from './template.ts'

/**
 * Lines of one function by where they stand: `head`, or `[40]` and `[100]` for the capability there,
 * and the first word of the line. Space between words says nothing, so it is evened out.
 */
export type FunctionLines = ReadonlyMap<string, string>

/** What lspci would print of a space. */
export function linesOfSpace(space: PciConfigSpace): FunctionLines {
  const lines = new Map<string, string>()
  addSection(lines, 'head', headLines(space))
  for (const one of space.capabilities) {
    addSection(lines, `[${one.offset.toString(16)}]`, capabilityText(one, space))
  }
  for (const one of space.extendedCapabilities) {
    const version = `v${one.version ?? 0}`
    const [title = '', ...rest] = extendedText(one, portTypeOf(space))
    addSection(lines, `[${one.offset.toString(16)}]`, [`${version} ${title}`, ...rest])
  }
  return lines
}

/** Name of the device/port type; null without a PCI Express capability. */
export function portTypeOf(space: PciConfigSpace): string | null {
  const express = space.capabilities.find(({ id }) => id === '10')
  const name = at(express?.fields ?? null, 'capabilities.portType')
  return typeof name === 'string' ? name : null
}

const slot = /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) (.*)$/
const capability = /^\tCapabilities: \[([0-9a-f]+)(?: (v\d+))?\] (.*)$/

/** What lspci printed, by slot with its domain. */
export function linesOfReport(text: string): ReadonlyMap<string, FunctionLines> {
  const functions = new Map<string, Map<string, string>>()
  for (const block of text.split(/\n\s*\n/)) {
    const rows = block.split('\n').filter((row) => row !== '')
    const [, address, rest] = slot.exec(rows[0] ?? '') ?? []
    if (address === undefined || rest === undefined) continue
    const lines = new Map<string, string>()
    const sections = new Map([['head', [rest.replace(/ \(prog-if 00[^)]*\)/, '')]]])
    let section = 'head'
    for (const row of rows.slice(1)) {
      const [, offset, version, title] = capability.exec(row) ?? []
      if (offset !== undefined) section = `[${offset.replace(/^0+(?=.)/, '')}]`
      else if (!row.startsWith('\t\t')) section = 'head'
      const line = offset === undefined ? row : `${version ?? ''} ${title ?? ''}`
      const list = sections.get(section) ?? []
      list.push(line)
      sections.set(section, list)
    }
    for (const [name, list] of sections) addSection(lines, name, list)
    functions.set(address.length === 7 ? `0000:${address}` : address, lines)
  }
  return functions
}

function addSection(lines: Map<string, string>, section: string, rows: readonly string[]): void {
  const seen = new Map<string, number>()
  for (const [index, row] of rows.entries()) {
    const line = plain(row)
    const label = index === 0 ? 'title' : labelOf(line)
    const count = (seen.get(label) ?? 0) + 1
    seen.set(label, count)
    lines.set(`${section} ${label}${count === 1 ? '' : ` ${count}`}`, line)
  }
}

/**
 * Without the names lspci took from an id list, and without the offsets that it puts before the
 * registers of streams.
 */
function plain(row: string): string {
  return row
    .replace(/^\s*\[[0-9a-f]+\](?=(?:Link|Selective)IDE#)/, '')
    .replace(/(\(prog-if [0-9a-f]{2}) \[[^\]]*\]/, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** The words before the first colon, or the first word. */
function labelOf(line: string): string {
  const named = /^([\w/#!<> .-]{1,40}?):/.exec(line)?.[1]
  return named ?? (line.split(' ')[0] ?? '').replace(/[-+:,]+$/, '')
}
