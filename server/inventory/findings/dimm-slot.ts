import type { FactsOf } from '../../../protocol/facts/inventory.ts'

type Dimm = FactsOf<'memory'>['dimms'][number]

/** A slot, told apart by its socket and its place there. */
export interface Slot {
  readonly dimm: Dimm
  readonly socket: string
  readonly place: string
}

/** A number or letter that stands for the socket, and the rest: `P1-DIMMA1` -> `P1`, `DIMMA1`. */
const locatorForms: readonly RegExp[] = [
  /^((?:P|CPU|PROC|SOCKET|NODE)[ _-]?\d+)[ _-]*(.+)$/i,
  /^(?:DIMM[ _-]?)?([A-Z])[ _-]?(\d+)$/i,
]

/** The place that the names of a DIMM slot tell; null where they tell no socket. */
export function slotOf(dimm: Dimm): Slot | null {
  const words = [dimm.locator, dimm.bankLocator].filter((word) => word !== null)
  for (const form of locatorForms) {
    for (const word of words) {
      const [, socket, place] = form.exec(word) ?? []
      if (socket !== undefined && place !== undefined) {
        return { dimm, socket: socket.toUpperCase(), place: place.toUpperCase() }
      }
    }
  }
  return null
}
