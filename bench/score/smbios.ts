import { readdir, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { decodeSmbiosFile } from '../../agent/discovery/decode/smbios/decoded.ts'
import type { SmbiosStructureFacts } from '../../protocol/facts/smbios.ts'
import { corpusJson, corpusNames, corpusPath } from './corpus.ts'
import { dmidecodeFault } from './dmidecode/faults.ts'
import { printStructure } from './dmidecode/print.ts'
import { normal, type Printed, type PrintedFields } from './dmidecode/spelling.ts'
import type { Comparison, Scorer } from './scorer.ts'

const report = z.array(
  z.object({
    handle: z.string(),
    type: z.number(),
    title: z.string(),
    fields: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  }),
)
type Report = z.infer<typeof report>

const folder = 'smbios-u-root'
const suffix = '.dmidecode-3.4.json'

/** Every field of every structure as dmidecode prints it. */
export const smbiosScorer: Scorer = {
  source: 'smbios',
  peer: 'dmidecode 3.4',
  corpus: folder,
  targetRatio: 0.995,
  async measure() {
    const names = await corpusNames(`${folder}/oracle`, suffix)
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const name of names) {
      const { structures } = decodeSmbiosFile(await dump(name))
      const oracle = report.parse(await corpusJson(`${folder}/oracle`, `${name}${suffix}`))
      compareTables(name, structures, oracle, comparisons, uncovered)
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}

/** The dump of that name, in the folder or one of the folders in it. */
async function dump(name: string): Promise<Uint8Array> {
  const folders = ['', ...(await readdir(corpusPath(folder)))]
  for (const inner of folders) {
    const file = Bun.file(corpusPath(folder, inner, `${name}.bin`))
    if (await file.exists())
      return new Uint8Array(await readFile(corpusPath(folder, inner, `${name}.bin`)))
  }
  throw new Error(`Cannot find the dump '${name}.bin' of the corpus ${folder}`)
}

function compareTables(
  machine: string,
  structures: readonly SmbiosStructureFacts[],
  oracle: Report,
  comparisons: Comparison[],
  uncovered: string[],
): void {
  const remaining = [...structures]
  for (const peer of oracle) {
    const at = remaining.findIndex(
      (one) => one.type === peer.type && Number(one.handle) === Number(peer.handle),
    )
    const ours = remaining[at]
    const place = `${machine} ${peer.handle}`
    if (ours === undefined) {
      comparisons.push({ machine: place, field: 'structure', ours: null, theirs: peer.title })
      continue
    }
    comparisons.push({
      machine: place,
      field: 'type',
      ours: `${ours.type}`,
      theirs: `${peer.type}`,
    })
    compareFields(place, peer, printStructure(ours), comparisons, uncovered)
    remaining.splice(at, 1)
  }
  for (const { handle, type } of remaining) {
    comparisons.push({
      machine: `${machine} ${handle}`,
      field: 'structure',
      ours: `type ${type}`,
      theirs: null,
    })
  }
}

function compareFields(
  machine: string,
  { type, fields }: Report[number],
  ours: PrintedFields,
  comparisons: Comparison[],
  uncovered: string[],
): void {
  for (const [field, theirs] of Object.entries(fields)) {
    const value = ours[field]
    const name = `${type}.${field}`
    const isFault = dmidecodeFault(name, null, lineOf(theirs)) !== undefined
    if (value === undefined && !isFault) {
      uncovered.push(`${machine}: ${name}`)
      continue
    }
    const peer = type === 4 && field === 'Flags' ? shortFlags(theirs) : theirs
    const both = {
      ours: value === undefined ? null : lineOf(value),
      theirs: lineOf(peer)
        .replaceAll('<BAD INDEX>', 'Not Specified')
        .replace(/^Not (Settable|Present)$/, type === 1 ? 'none' : '$&'),
    }
    const fault = dmidecodeFault(name, both.ours, both.theirs)
    const reason = both.ours === both.theirs || fault === undefined ? {} : { peerIsWrong: fault }
    comparisons.push({ machine, field: name, ...both, ...reason })
  }
}

/** `FPU (Floating-point unit on-chip)`: the words behind the flag are dmidecode's own. */
function shortFlags(flags: Printed): Printed {
  return typeof flags === 'string' ? flags : flags.map((flag) => flag.replace(/ \(.*$/, ''))
}

function lineOf(value: Printed): string {
  return typeof value === 'string' ? normal(value) : value.map(normal).join(' | ')
}
