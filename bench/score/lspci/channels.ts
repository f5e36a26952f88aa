import { type Fields, hex, isRecord, linesOf, list, sign, text } from './template.ts'

const portSelects = ['Fixed', 'WRR32', 'WRR64', 'WRR128', '??4', '??5', '??6', '??7']
const channelSelects = ['Fixed', 'WRR32', 'WRR64', 'WRR128', 'TWRR128', 'WRR256', '??6', '??7']

function selects(value: unknown, names: readonly string[]): string {
  return names
    .flatMap((name, bit) => {
      const set = ((Number(value) >> bit) & 1) === 1
      return name.startsWith('?') && !set ? [] : [`${name}${sign(set)}`]
    })
    .join(' ')
}

export function channelLines(fields: Fields): readonly string[] {
  if (fields['channels'] === undefined) return []
  const table = Number(fields['arbitrationTableOffset'])
  const clock = Number(fields['referenceClockCode'])
  return [
    ...linesOf(fields, [
      `Caps:\tLPEVC={lowPriorityCount} RefClk=${clock === 0 ? '100ns' : `??${clock}`} PATEntryBits={portArbitrationEntryBits}`,
    ]),
    `Arb:\t${selects(fields['arbitrationBits'], portSelects)}`,
    `Ctrl:\tArbSelect=${portSelects[Number(fields['arbitrationSelected'])] ?? ''}`,
    `Status:\tInProgress${sign(fields['arbitrationInProgress'])}`,
    ...(table === 0 ? [] : [`Port Arbitration Table [${tablePlace}] <?>`]),
    ...list(fields['channels']).flatMap((channel, index) =>
      isRecord(channel) ? oneChannel(channel, index) : [`VC${index}:\t<unreadable>`],
    ),
  ]
}

/** Filled in where the offset of the capability is known. */
export const tablePlace = '@arbitration-table'

function oneChannel(channel: Fields, index: number): readonly string[] {
  const offset = Number(channel['arbitrationTableOffset']) / 16
  return [
    `VC${index}:\tCaps:\tPATOffset=${hex(offset, 2)} MaxTimeSlots=${text(channel['timeSlotCount'])} RejSnoopTrans${sign(channel['rejectsSnoop'])}`,
    `Arb:\t${selects(channel['arbitrationBits'], channelSelects)}`,
    `Ctrl:\tEnable${sign(channel['enabled'])} ID=${text(channel['id'])} ArbSelect=${channelSelects[Number(channel['arbitrationSelected'])] ?? ''} TC/VC=${hex(channel['trafficClassBits'], 2)}`,
    `Status:\tNegoPending${sign(channel['negotiationPending'])} InProgress${sign(channel['arbitrationInProgress'])}`,
    ...(offset === 0 ? [] : ['Port Arbitration Table <?>']),
  ]
}

export function rootComplexLines(fields: Fields): readonly string[] {
  const elements = {
    element: {
      'configuration-space': 'Config',
      egress: 'Egress',
      internal: 'Internal',
    },
  }
  const head = linesOf(
    fields,
    [
      'Desc:\tPortNumber={portNumber:2x} ComponentID={componentId:2x} EltType={elementType|element}',
    ],
    elements,
  ).map((line) => line.replace('code-', '??'))
  const links = list(fields['links']).filter(isRecord)
  const missing = Number(fields['linkCount']) > links.length
  return [
    ...head,
    ...links.flatMap((link, index) => linkLines(link, index)),
    ...(missing ? [`Link${links.length}:\t<unreadable>`] : []),
  ]
}

function linkLines(link: Fields, index: number): readonly string[] {
  const configured = link['kind'] === 'configuration-space'
  const address = text(link['address'])
  const low = Number.parseInt(address.slice(8), 16)
  const width = low & 7 || 8
  const bus = hex(Math.floor(low / 2 ** 20) % 2 ** width, 2)
  const device = hex((low >>> 15) & 0x1f, 2)
  return [
    ...linesOf(link, [
      `Link${index}:\tDesc:\tTargetPort={targetPort:2x} TargetComponent={targetComponent:2x} AssocRCRB{+hasRegisterBlock} LinkType=${configured ? 'Config' : 'MemMapped'} LinkValid{+valid}`,
    ]),
    configured
      ? `Addr:\t${bus}:${device}.${(low >>> 12) & 7}  CfgSpace=${address}`
      : `Addr:\t${address}`,
  ]
}
