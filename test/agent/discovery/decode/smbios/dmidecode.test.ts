import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  decodeEntryPoint,
  decodeTable,
  type SmbiosEntryPoint,
  type SmbiosStructure,
} from '../../../../../agent/discovery/decode/smbios/table.ts'
import { corpusJson, corpusNames, corpusPath } from '../../../../../bench/score/corpus.ts'
import { describeCorpus } from '../../corpora.ts'
import { oracleValues, ourValues } from './dmidecode-fields.ts'

const report = z.array(
  z.object({
    handle: z.string(),
    type: z.number(),
    fields: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  }),
)

/** `dmidecode --dump-bin`: the entry point, and the table at the 32nd byte. */
async function dump(path: string): Promise<{
  readonly entryPoint: SmbiosEntryPoint
  readonly structures: readonly SmbiosStructure[]
}> {
  const file = new Uint8Array(await readFile(path))
  const entryPoint = decodeEntryPoint(file.subarray(0, 32))
  return { entryPoint, structures: decodeTable(file.subarray(32), entryPoint).structures }
}

describeCorpus('smbios-u-root', 'SMBIOS dumps of real machines', () => {
  test('structures and their fields are those of dmidecode', async () => {
    const names = await corpusNames('smbios-u-root/oracle', '.dmidecode-3.4.json')
    const differences: string[] = []
    let compared = 0
    for (const name of names) {
      const folder = name.includes('_') ? 'smbios-u-root/pkg-smbios' : 'smbios-u-root'
      const { entryPoint, structures } = await dump(corpusPath(folder, `${name}.bin`))
      const oracle = report.parse(
        await corpusJson('smbios-u-root/oracle', `${name}.dmidecode-3.4.json`),
      )
      expect(
        structures.map(({ type, handle }) => `${type} ${handle}`),
        name,
      ).toEqual(oracle.map(({ type, handle }) => `${type} ${Number(handle)}`))
      for (const [index, structure] of structures.entries()) {
        const ours = ourValues(structure, entryPoint)
        const theirs = oracleValues(structure.type, oracle[index]?.fields ?? {})
        for (const [field, value] of Object.entries(theirs)) {
          if (!(field in ours)) continue
          compared++
          if (ours[field] === value) continue
          differences.push(`${name} ${structure.type} ${field}: ${ours[field]}, dmidecode ${value}`)
        }
      }
    }
    expect(differences).toEqual([])
    expect(names.length).toBe(11)
    expect(compared).toBeGreaterThan(5000)
  })
})
