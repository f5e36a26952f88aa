import type { Host } from '../../host.ts'
import { toHex } from '../decode/integers.ts'
import { ipmiData } from '../decode/ipmi/answer.ts'

/** Network functions, IPMI 2.0 table 5-1. */
export const netFunction = { chassis: 0x00, application: 0x06, storage: 0x0a, transport: 0x0c }

/**
 * Asks the BMC: the answer's data, at least `leastBytes`; null where it has none of it or does not
 * answer at all.
 */
export type AskBmc = (
  netFunction: number,
  command: number,
  data: readonly number[],
  leastBytes: number,
) => Promise<Uint8Array | null>

/** See {@link AskBmc}. */
export function bmcAsker(host: Host, device: string): AskBmc {
  return async (function_, command, data, leastBytes) => {
    const answer = await host.ask({
      kind: 'ipmi',
      device,
      netFunction: function_,
      command,
      data: new Uint8Array(data).toHex(),
    })
    if (answer === undefined) return null
    try {
      return ipmiData(answer, leastBytes)
    } catch (error) {
      const words = [function_, command, ...data].map((byte) => toHex(byte, 2)).join(' ')
      throw new Error(`Cannot ask ${device} for ${words}`, { cause: error })
    }
  }
}
