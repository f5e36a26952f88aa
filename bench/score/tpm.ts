import { readFile } from 'node:fs/promises'
import { decodeTpmEventLog } from '../../agent/discovery/decode/tpm/event-log.ts'
import type { TpmEventLog } from '../../protocol/facts/tpm-event-log.ts'
import { corpusNames, corpusPath } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'
import { isBlank, lineFault, registerFault, typeWord } from './tpm2-eventlog/faults.ts'
import { linesOf } from './tpm2-eventlog/lines.ts'
import { peerLog } from './tpm2-eventlog/peer-log.ts'

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

function compareLog(
  machine: string,
  log: TpmEventLog,
  text: string,
  comparisons: Comparison[],
  uncovered: string[],
): void {
  const peer = peerLog(text)
  const events = peer.events.filter((lines) => !isBlank(lines))
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
        const cut = theirs.length === printedDigits ? value.slice(0, printedDigits) : value
        const ours = typeWord(key, cut, theirs)
        const reason = ours === theirs ? null : lineFault(key, ours, theirs)
        const wrong = reason === null ? {} : { peerIsWrong: reason }
        comparisons.push({ machine: place, field: `${event?.type}.${key}`, ours, theirs, ...wrong })
      } else if (/^Blob(Base|Length)$/.test(key) && event?.content?.kind === 'text') {
        const peerIsWrong =
          'UEFI_PLATFORM_FIRMWARE_BLOB has 16 bytes (TCG PFP 1.06 §10.2.4), this event is text'
        comparisons.push({ machine: place, field: key, ours: null, theirs, peerIsWrong })
      } else uncovered.push(`${place}: ${key}`)
    }
  }
  for (const [bank, pcr, theirs] of peer.registers) {
    const ours = log.pcrs[bank]?.[pcr] ?? null
    const reason = ours === theirs ? null : registerFault(log.events, bank, Number(pcr), theirs)
    const wrong = reason === null ? {} : { peerIsWrong: reason }
    comparisons.push({ machine, field: `pcrs.${bank}.${pcr}`, ours, theirs, ...wrong })
  }
}
