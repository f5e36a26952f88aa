import { readFile } from 'node:fs/promises'
import { decodeTpmEventLog } from '../../agent/discovery/decode/tpm/event-log.ts'
import type { TpmEvent, TpmEventLog } from '../../protocol/facts/tpm-event-log.ts'
import { corpusNames, corpusPath } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'

const folder = 'tpm-eventlog'
const suffix = '.tpm2_eventlog-5.4.yaml'

/** Every line tpm2_eventlog prints: events with their digests and contents, and the registers. */
export const tpmScorer: Scorer = {
  source: 'tpm',
  peer: 'tpm2_eventlog 5.4',
  corpus: folder,
  targetRatio: 0.99,
  async measure() {
    const names = await corpusNames(`${folder}/oracle`, suffix)
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const name of names) {
      const log = decodeTpmEventLog(new Uint8Array(await readFile(corpusPath(folder, name))))
      const text = await readFile(corpusPath(`${folder}/oracle`, `${name}${suffix}`), 'utf8')
      compareLog(name, log, text, comparisons, uncovered)
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}

/** tpm2_eventlog prints the first 1,024 bytes of an event, two digits each. */
const printedDigits = 2048
const longerPath = 'LengthOfDevicePath says where the path ends (TCG PFP 1.06 §10.2.3)'
const locality =
  'EV_NO_ACTION is never extended, PCR 0 starts with the locality in it (TCG PFP 1.06 §10.4.5.3)'

function pathIsLonger(key: string, ours: string, theirs: string): boolean {
  return key === 'DevicePath' && theirs.length > ours.length && theirs !== ours
}

/** Lines of a block, each in quotes of its own, the last with the NUL that ends a C string. */
function blockText(block: readonly string[]): string {
  return block
    .map((line) => line.replaceAll(/^"|"$/g, ''))
    .join('\n')
    .replaceAll(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter)
    .trim()
}

const escapes: Readonly<Record<string, string>> = { 0: '', n: '\n', t: '\t' }

type Line = readonly [key: string, value: string]

function compareLog(
  machine: string,
  log: TpmEventLog,
  text: string,
  comparisons: Comparison[],
  uncovered: string[],
): void {
  const { events, registers } = peerLog(text)
  comparisons.push({
    machine,
    field: 'events',
    ours: String(log.events.length),
    theirs: String(events.length),
  })
  for (const [index, lines] of events.entries()) {
    const event = log.events[index]
    const ours = event === undefined ? [] : linesOf(event, index)
    const asks = new Map<string, number>()
    for (const [key, theirs] of lines) {
      const turn = asks.get(key) ?? 0
      asks.set(key, turn + 1)
      const value = ours.filter(([name]) => name === key)[turn]?.[1]
      const place = `${machine} event ${index}`
      if (value !== undefined) {
        const ours = theirs.length === printedDigits ? value.slice(0, printedDigits) : value
        const wrong = pathIsLonger(key, ours, theirs) ? { peerIsWrong: longerPath } : {}
        comparisons.push({ machine: place, field: `${event?.type}.${key}`, ours, theirs, ...wrong })
      } else if (/^Blob(Base|Length)$/.test(key) && event?.content?.kind !== 'blob') {
        const peerIsWrong =
          'UEFI_PLATFORM_FIRMWARE_BLOB has 16 bytes (TCG PFP 1.06 §10.2.4), this event is text'
        comparisons.push({ machine: place, field: key, ours: null, theirs, peerIsWrong })
      } else uncovered.push(`${place}: ${key}`)
    }
  }
  for (const [bank, pcr, theirs] of registers) {
    const ours = log.pcrs[bank]?.[pcr] ?? null
    const hasLocality = log.events.some(({ content }) => content?.kind === 'startup-locality')
    const wrong = pcr === '0' && hasLocality && ours !== theirs ? { peerIsWrong: locality } : {}
    comparisons.push({ machine, field: `pcrs.${bank}.${pcr}`, ours, theirs, ...wrong })
  }
}

/** An event as tpm2_eventlog's YAML has it, line by line. */
function linesOf(event: TpmEvent, index: number): readonly Line[] {
  const { digests, content } = event
  const isFirst = index === 0 && content?.kind === 'specification'
  const head: Line[] = [
    ['EventNum', String(index)],
    ['PCRIndex', String(event.pcr)],
    ['EventType', event.type],
    ...(isFirst ? [] : ([['DigestCount', String(Object.keys(digests).length)]] as const)),
    ...Object.entries(digests).flatMap(([name, digest]): Line[] => [
      ...(isFirst ? [] : ([['AlgorithmId', name]] as const)),
      ['Digest', digest],
    ]),
    ['EventSize', String(event.sizeBytes)],
  ]
  const last = contentLines(content)
  return [
    ...head,
    ...(last.length > 0 ? last : ([['Event', event.data]] as const)),
    ['Event', event.data],
  ]
}

function contentLines(content: TpmEvent['content']): readonly Line[] {
  switch (content?.kind) {
    case 'variable':
      return [
        ['VariableName', content.vendorGuid],
        ['UnicodeNameLength', String(content.name.length)],
        ['VariableDataLength', String(content.data.length / 2)],
        ['UnicodeName', content.name],
        ['VariableData', content.data],
      ]
    case 'image':
      return [
        ['ImageLocationInMemory', content.location],
        ['ImageLengthInMemory', String(content.sizeBytes)],
        ['ImageLinkTimeAddress', content.linkTimeAddress],
        ['LengthOfDevicePath', String(content.devicePath.length / 2)],
        ['DevicePath', content.devicePath],
      ]
    case 'blob':
      return [
        ['BlobBase', content.base],
        ['BlobLength', content.sizeBytes],
      ]
    case 'specification':
      return [
        ['Signature', content.signature],
        ['platformClass', String(content.platformClass)],
        ['specVersionMinor', String(content.versionMinor)],
        ['specVersionMajor', String(content.versionMajor)],
        ['specErrata', String(content.errata)],
        ['uintnSize', String(content.uintnSizeBytes)],
        ['numberOfAlgorithms', String(content.algorithms.length)],
        ...content.algorithms.flatMap(({ id, digestSizeBytes }): Line[] => [
          ['algorithmId', id],
          ['digestSize', String(digestSizeBytes)],
        ]),
        ['vendorInfoSize', String(content.vendorInfo.length / 2)],
      ]
    case 'text':
      return [['text', content.text.trim()]]
    case 'startup-locality':
      return [['StartupLocality', String(content.locality)]]
    case 'gpt':
    case undefined:
      return []
  }
}

/** The events and registers of tpm2_eventlog's output. */
function peerLog(text: string): {
  readonly events: readonly (readonly Line[])[]
  readonly registers: readonly (readonly [bank: string, pcr: string, digest: string])[]
} {
  const [eventText = '', registerText = ''] = text.split(/^pcrs:$/m)
  const events: Line[][] = []
  let block: string[] | null = null
  const end = () => {
    if (block === null) return
    events.at(-1)?.push(['text', blockText(block)])
    block = null
  }
  for (const line of eventText.split('\n').slice(3)) {
    const [, indent = '', key = '', value = ''] =
      /^( *(?:- )?)([A-Za-z]\w*(?:\[\d+\])?):(?: (.*))?$/.exec(line) ?? []
    const starts = key === 'EventNum' || (key === 'PCRIndex' && indent === '  ')
    if (starts && !(key === 'PCRIndex' && events.at(-1)?.length === 1)) {
      end()
      events.push([])
    }
    if (block !== null && (key === '' || indent.length > 4)) {
      block.push(line.trim())
      continue
    }
    end()
    if (key === '' || /^(Algorithm\[\d+\]|Algorithms|SpecID|Digests|events|version)$/.test(key))
      continue
    if (value === '|-') block = []
    else if (value !== '') events.at(-1)?.push([key, value.replaceAll(/^["']|["']$/g, '')])
  }
  end()
  const registers: (readonly [string, string, string])[] = []
  let bank = ''
  for (const line of registerText.split('\n')) {
    bank = /^ {2}(\w+):$/.exec(line)?.[1] ?? bank
    const [, pcr, digest] = /^ +(\d+) +: 0x([0-9a-f]+)$/.exec(line) ?? []
    if (pcr !== undefined && digest !== undefined) registers.push([bank, pcr, digest])
  }
  return { events, registers }
}
