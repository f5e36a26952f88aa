import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeModuleFile } from '../../../../../agent/discovery/decode/module/file.ts'
import { ethtoolPrinter, hasEthtool, linesOf, moduleTypes } from './ethtool.ts'
import { linesOfModule } from './ethtool-lines.ts'
import {
  cmisMemory,
  identityTexts,
  qsfpMemory,
  sfpMemory,
  withParts,
} from '../../../../../bench/fuzz/module-memory.ts'

const title = hasEthtool
  ? 'module memory beside ethtool'
  : 'module memory beside ethtool (skipped: Debian package ethtool is absent)'

/** ethtool appends units we do not have, and Fahrenheit and dBm to readings. */
function compare(memory: Uint8Array, text: string): number {
  const theirs = linesOf(text)
  let compared = 0
  for (const [label, ours] of linesOfModule(decodeModuleFile(memory).module)) {
    const [line] = theirs.get(label) ?? []
    if (line === undefined) continue
    compared++
    const said = line.split(' / ')[0] ?? ''
    expect(isSame(said, ours), `${label}: ethtool says ${said}, we say ${ours}`).toBe(true)
  }
  return compared
}

/** Equal as text, or as figures with one unit up to the rounding of the last digit of both. */
function isSame(theirs: string, ours: string): boolean {
  const [a, b] = [theirs, ours].map((text) => /^(-?[\d.]+)(.*)$/.exec(text))
  if (a === null || a === undefined || b === null || b === undefined) return theirs === ours
  const lastDigit = 10 ** -(a[1]?.split('.')[1]?.length ?? 0)
  return a[2] === b[2] && Math.abs(Number(a[1]) - Number(b[1])) <= lastDigit * 1.01
}

const fixed = {
  // Identity, connector and kind stay; SMF lengths and the escape of the rate are told otherwise.
  sff8472: [0, 1, 12, 18, 92, 93],
  sff8636: [0, 2, 128, 130, 140, 147, 220],
  cmis: [0, 2, 202, 210, 212],
} as const

describe.skipIf(!hasEthtool)(title, () => {
  test('made by the standards reads the same', async () => {
    await using ethtool = await ethtoolPrinter()
    const print = async (memory: Uint8Array, type: number) =>
      compare(memory, await ethtool.print(memory, type))
    expect(await print(sfpMemory(), moduleTypes.sff8472)).toBeGreaterThan(50)
    expect(await print(qsfpMemory(), moduleTypes.sff8636)).toBeGreaterThan(90)
    expect(await print(cmisMemory(), moduleTypes.sff8636)).toBeGreaterThan(20)
  })

  test('its hex text decodes to what the bytes decode to', async () => {
    await using ethtool = await ethtoolPrinter()
    const memory = qsfpMemory()
    const text = await ethtool.print(memory, moduleTypes.sff8636, 'hex', 'on')
    const decoded = decodeModuleFile(new TextEncoder().encode(text))
    expect(decoded).toEqual(decodeModuleFile(memory))
  })

  test('of any readings, limits and flags reads the same', async () => {
    await using ethtool = await ethtoolPrinter()
    const kinds = [
      ['sff8472', sfpMemory(), moduleTypes.sff8472],
      ['sff8636', qsfpMemory(), moduleTypes.sff8636],
      ['cmis', cmisMemory(), moduleTypes.sff8636],
    ] as const
    for (const [kind, memory, type] of kinds) {
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ minLength: memory.length, maxLength: memory.length }),
          async (noise) => {
            const kept = Object.fromEntries(fixed[kind].map((at) => [at, memory[at] ?? 0]))
            const made = withParts(noise, { bytes: kept, texts: identityTexts[kind] })
            compare(made, await ethtool.print(made, type))
          },
        ),
        { numRuns: 10 },
      )
    }
  }, 60_000)
})
