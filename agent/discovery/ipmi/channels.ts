import type { IpmiController } from '../../../protocol/facts/ipmi.ts'
import { decodeLan, type LanParameter, lanParameter } from '../decode/ipmi/lan.ts'
import { type AskBmc, netFunction } from './ask.ts'

const getChannelInfo = 0x42
const getLanConfiguration = 0x02

/** Channels a BMC may number as it likes; 0 is IPMB, the others have meanings of their own. */
const channelNumbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as const

/** Channel media of table 6-3 that have a LAN configuration. */
const lanMedia: ReadonlySet<number> = new Set([0x04, 0x06])

const maxIpv6Addresses = 16

/** LAN channels with their configuration. `ask` gives null for what the BMC fails to tell. */
export async function lanChannels(ask: AskBmc): Promise<IpmiController['channels']> {
  const channels: IpmiController['channels'][number][] = []
  for (const number of channelNumbers) {
    const info = await ask(netFunction.application, getChannelInfo, [number], 2)
    const medium = (info?.[1] ?? 0) & 0x7f
    if (info === null || !lanMedia.has(medium)) continue
    channels.push({ number, lan: await lanOf(ask, number) })
  }
  return channels
}

async function lanOf(ask: AskBmc, channel: number) {
  const parameter = async (name: LanParameter, set = 0) => {
    const { selector, leastBytes } = lanParameter[name]
    const request = [channel, selector, set, 0]
    const answer = await ask(netFunction.transport, getLanConfiguration, request, 1)
    // The parameter's revision stands before it. One cut short is as good as none.
    return answer === null || answer.length < 1 + leastBytes ? null : answer.subarray(1)
  }
  const answers = new Map<LanParameter, Uint8Array>()
  const single = ['address', 'source', 'mac', 'netmask', 'gateway', 'gatewayMac', 'vlan'] as const
  for (const name of single) {
    const answer = await parameter(name)
    if (answer !== null) answers.set(name, answer)
  }
  const status = await parameter('ipv6Status')
  const blocks: Uint8Array[] = []
  for (const [name, count] of [
    ['ipv6Static', status?.[0] ?? 0],
    ['ipv6Dynamic', status?.[1] ?? 0],
  ] as const) {
    for (let set = 0; set < Math.min(count, maxIpv6Addresses); set++) {
      const block = await parameter(name, set)
      if (block !== null) blocks.push(block)
    }
  }
  return decodeLan(answers, blocks)
}
