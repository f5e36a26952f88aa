import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { storageProbe } from '../../agent/discovery/probes/storage.ts'
import { rootedHost } from '../../agent/host.ts'
import { parseFacts } from '../../protocol/facts/inventory.ts'
import { corpusNames, corpusPath, unpacked } from './corpus.ts'
import { blockEntities, columnValue } from './lsblk/columns.ts'
import { rowsOfTable } from './lsblk/table.ts'
import type { Comparison, Scorer } from './scorer.ts'

const folder = 'util-linux-lsblk'

/** Every cell of every table that lsblk's own tests keep. */
export const lsblkScorer: Scorer = {
  source: 'lsblk',
  peer: 'lsblk (golden output of its own tests)',
  corpus: folder,
  targetRatio: 0.99,
  async measure() {
    const names = await corpusNames(`${folder}/dumps`, '.tar.xz')
    await using files = await unpacked(
      `${folder}/dumps`,
      names.map((name) => `${name}.tar.xz`),
    )
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    const tables = await readdir(corpusPath(folder, 'expected'))
    for (const name of names) {
      const root = join(files.root, name)
      const { facts } = await storageProbe.read(rootedHost(root))
      const entities = blockEntities(parseFacts('storage', facts))
      // Recordings of the newer form keep what udev knew, which lsblk then prints.
      const spelling = existsSync(join(root, 'dev')) ? 'udev' : 'kernel'
      for (const table of tables.filter((one) => one.startsWith(`lsblk-${name}-`))) {
        const text = await readFile(corpusPath(folder, 'expected', table), 'utf8')
        for (const row of rowsOfTable(text)) {
          const device = row.get('NAME') ?? ''
          const entity = entities.get(device)
          for (const [column, theirs] of row) {
            const ours = entity === undefined ? null : columnValue(column, entity, spelling)
            if (ours === undefined) {
              if (theirs !== '') uncovered.push(`${name} ${device}: ${column}`)
            } else if (theirs !== '' || (ours !== null && ours !== '')) {
              const comparable = spelled(column, theirs, spelling)
              comparisons.push({
                machine: `${name} ${device}`,
                field: column,
                ours,
                theirs: comparable,
              })
            }
          }
        }
      }
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}

/** udev writes blanks in names as underscores, in some versions. */
function spelled(column: string, theirs: string, spelling: 'udev' | 'kernel'): string {
  return column === 'MODEL' && spelling === 'udev' ? theirs.replaceAll(' ', '_') : theirs
}
