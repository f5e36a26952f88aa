import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { storageProbe } from '../../../../agent/discovery/probes/storage.ts'
import { rootedHost } from '../../../../agent/host.ts'
import { parseFacts } from '../../../../protocol/facts/inventory.ts'
import { corpusNames, corpusPath, unpacked } from '../../../../bench/score/corpus.ts'
import { corpusTimeoutMs, describeCorpus } from '../corpora.ts'

/** Rows of an lsblk table by name, without its tree signs. */
async function rowsOf(machine: string, table: string): Promise<readonly (readonly string[])[]> {
  const path = corpusPath('util-linux-lsblk/expected', `lsblk-${machine}-${table}`)
  const text = await readFile(path, 'utf8')
  const rows = text.split('\n').slice(1)
  return rows
    .map((row) => row.replace(/^[\s|`-]+/, '').split(/\s+/))
    .filter(([name]) => name !== '')
}

/** As lsblk writes sizes: one decimal at most, powers of 1024. */
function human(bytes: number): string {
  const power = Math.floor(Math.log2(bytes) / 10)
  const value = (bytes / 1024 ** power).toFixed(1).replace(/\.0$/, '')
  return `${value}${'BKMGT'[power]}`
}

describeCorpus('util-linux-lsblk', 'recorded block devices', () => {
  test(
    'disks, partitions, sizes and sectors are those of lsblk',
    async () => {
      const names = await corpusNames('util-linux-lsblk/dumps', '.tar.xz')
      await using files = await unpacked(
        'util-linux-lsblk/dumps',
        names.map((name) => `${name}.tar.xz`),
      )
      expect(names.length).toBe(3)
      for (const name of names) {
        const reading = await storageProbe.read(rootedHost(join(files.root, name)))
        const { disks, opticalDrives } = parseFacts('storage', reading.facts)
        expect(reading.findings.filter(({ severity }) => severity === 'error')).toEqual([])
        const basic = await rowsOf(name, 'basic')
        const ofType = (type: string) =>
          [...new Set(basic.filter((row) => row[5] === type).map((row) => row[0] ?? ''))].sort()
        expect(disks.map((disk) => disk.name)).toEqual(ofType('disk'))
        expect(opticalDrives.map((drive) => drive.name)).toEqual(ofType('rom'))
        const partitions = disks.flatMap((disk) => disk.partitions)
        expect(partitions.map((one) => one.name).sort()).toEqual(ofType('part'))
        const sizes = new Map(basic.map((row) => [row[0], row[4]]))
        for (const one of [...disks, ...partitions]) {
          expect(human(one.sizeBytes), `${name} ${one.name}`).toBe(sizes.get(one.name))
        }
        const sectors = new Map(
          (await rowsOf(name, 'topo')).map((row) => [row[0], `${row[5]} ${row[6]}`]),
        )
        for (const disk of disks) {
          expect(`${disk.physicalBlockSizeBytes} ${disk.logicalBlockSizeBytes}`).toBe(
            sectors.get(disk.name),
          )
        }
      }
    },
    corpusTimeoutMs,
  )
})
