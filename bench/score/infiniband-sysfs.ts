import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nicProbe } from '../../agent/discovery/probes/nic.ts'
import { rootedHost } from '../../agent/host.ts'
import { fibreChannelFile, interfaceFile, type KernelWord, rdmaFile } from './infiniband-files.ts'
import type { Comparison, Scorer } from './scorer.ts'
import { unpackedTtar } from './ttar.ts'

/** Recordings with these classes: folder and archive of the corpora, where the root is inside. */
const trees = [
  { folder: 'procfs', archive: 'fixtures.ttar', root: 'fixtures' },
  { folder: 'node_exporter', archive: 'sys.ttar', root: '' },
] as const

/** Every file the kernel wrote for ports, RDMA devices and Fibre Channel hosts, told back. */
export const nicSysfsScorer: Scorer = {
  source: 'nic-sysfs',
  peer: 'the kernel: files of /sys/class/{net,infiniband,fc_host}',
  corpus: 'procfs',
  targetRatio: 0.99,
  async measure() {
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const { folder, archive, root } of trees) {
      await using files = await unpackedTtar(folder, archive)
      const at = join(files.root, root)
      const { facts } = await nicProbe.read(rootedHost(at))
      const told: Readonly<Record<string, (name: string, file: string) => KernelWord>> = {
        net: (name, file) => interfaceFile(facts, name, file),
        infiniband: (name, file) => rdmaFile(facts, name, file),
        fc_host: (name, file) => fibreChannelFile(facts, name, file),
      }
      for (const [kind, tell] of Object.entries(told)) {
        for (const { name, file, text } of await classFiles(join(at, 'sys/class', kind))) {
          const machine = `${folder} ${kind}/${name}`
          const ours = tell(name, file)
          if (ours === undefined) uncovered.push(`${machine}: ${file}`)
          else comparisons.push(compared(machine, file, ours, text === '' ? null : text))
        }
      }
    }
    return { machineCount: trees.length, comparisons, uncovered }
  },
}

/** A state is a number and its word; where the word is of another number, the file is made up. */
function compared(
  machine: string,
  field: string,
  ours: string | null,
  theirs: string | null,
): Comparison {
  const isState = /(^|\/)(phys_)?state$/.test(field) && /^\d+: /.test(theirs ?? '')
  const sameNumber = isState && theirs?.split(':')[0] === ours?.split(':')[0]
  if (!sameNumber || theirs === ours) return { machine, field, ours, theirs }
  const peerIsWrong =
    'no kernel writes this word with this number: drivers/infiniband/core/sysfs.c, ' +
    'InfiniBand Architecture Specification volume 1 section 14.2.5.6'
  return { machine, field, ours, theirs, peerIsWrong }
}

interface ClassFile {
  readonly name: string
  /** Path below the device. */
  readonly file: string
  readonly text: string
}

/** Plain files of every entry of a class, links to entries followed and links inside them not. */
async function classFiles(folder: string): Promise<readonly ClassFile[]> {
  const names = await readdir(folder).catch((): string[] => [])
  const found = await Promise.all(
    names.toSorted().map(async (name) => {
      const entries = await readdir(join(folder, name), {
        recursive: true,
        withFileTypes: true,
      }).catch(() => [])
      // What is below `device` belongs to the bus the device is on.
      const device = join(folder, name, 'device')
      const files = entries.filter(
        (entry) => entry.isFile() && !`${entry.parentPath}/`.startsWith(`${device}/`),
      )
      return Promise.all(
        files.map(async ({ parentPath, name: last }) => {
          const path = join(parentPath, last)
          const text = (await readFile(path, 'utf8')).trim()
          return { name, file: path.slice(join(folder, name).length + 1), text }
        }),
      )
    }),
  )
  return found.flat()
}
