/** A line of the peer: key and value. */
export type Line = readonly [key: string, value: string]

/** What tpm2_eventlog prints of a log. */
export interface PeerLog {
  readonly events: readonly (readonly Line[])[]
  readonly registers: readonly (readonly [bank: string, pcr: string, digest: string])[]
}

/** The events and registers of tpm2_eventlog's output, YAML of version 1 or 2. */
export function peerLog(text: string): PeerLog {
  const [eventText = '', registerText = ''] = text.split(/^pcrs:$/m)
  return { events: eventsOf(eventText), registers: registersOf(registerText) }
}

const structure = /^(Algorithm\[\d+\]|Algorithms|SpecID|Digests|events|version)$/

function eventsOf(eventText: string): readonly (readonly Line[])[] {
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
    const option = /^ {4}- (Boot[0-9a-f]{4})$/.exec(line)?.[1]
    if (option !== undefined) events.at(-1)?.push(['BootOption', option])
    if (key === '' || structure.test(key)) continue
    if (value === '|-') block = []
    else if (value !== '') events.at(-1)?.push([key, unquoted(value)])
  }
  end()
  return events
}

function unquoted(value: string): string {
  return value.replaceAll(/^["']|["']$/g, '').trimEnd()
}

/** Lines of a block, each in quotes of its own, the last with the NUL that ends a C string. */
function blockText(block: readonly string[]): string {
  return block
    .map((line) => line.replaceAll(/^"|"$/g, ''))
    .join('\n')
    .replaceAll(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter)
    .trim()
}

const escapes: Readonly<Record<string, string>> = {
  0: '',
  n: '\n',
  t: '\t',
  r: '\r',
  v: '\v',
  f: '\f',
}

function registersOf(registerText: string): PeerLog['registers'] {
  const registers: (readonly [string, string, string])[] = []
  let bank = ''
  for (const line of registerText.split('\n')) {
    bank = /^ {2}(\w+):$/.exec(line)?.[1] ?? bank
    const [, pcr, digest] = /^ +(\d+) +: 0x([0-9a-f]+)$/.exec(line) ?? []
    if (pcr !== undefined && digest !== undefined) registers.push([bank, pcr, digest])
  }
  return registers
}
