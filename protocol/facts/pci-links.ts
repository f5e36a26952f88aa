import type { PciFunction, PciLink } from './pci.ts'

/** How a link does against what both of its ends can do. */
export interface LinkState {
  readonly link: PciLink
  /** The most that both ends can do; what this end can where the other one is not known. */
  readonly possibleLaneWidth: number
  readonly possibleSpeedGtPerS: number | null
  /**
   * `narrow`: fewer lanes than both ends have, a fault. `slow`: less speed, which may be a device
   * that sleeps. `down`: no lane is in use. `unjudged`: the other end is not known, and may be what
   * keeps the link below what this end can do.
   */
  readonly state: 'full' | 'narrow' | 'slow' | 'down' | 'unjudged'
}

/** What of a function its link can be judged by. */
export type LinkedFunction = Pick<
  PciFunction,
  'address' | 'parentAddress' | 'headerType' | 'physicalFunction' | 'link'
>

/**
 * The state of every link by the address of the device at its lower end. Functions of one device
 * share its link and its state; virtual functions and bridges are left out.
 */
export function linkStates(functions: readonly LinkedFunction[]): ReadonlyMap<string, LinkState> {
  const byAddress = new Map(functions.map((one) => [one.address, one]))
  const states = new Map<string, LinkState>()
  for (const { address, parentAddress, headerType, physicalFunction, link } of functions) {
    if (link === null || headerType !== 0 || physicalFunction !== null) continue
    states.set(address, linkState(link, byAddress.get(parentAddress ?? '')?.link ?? null))
  }
  return states
}

/** The state of a link between a device and the port above it; null where that one is not known. */
export function linkState(link: PciLink, port: PciLink | null): LinkState {
  const possibleLaneWidth = Math.min(link.maxLaneWidth, port?.maxLaneWidth ?? link.maxLaneWidth)
  const speeds = [link.maxSpeedGtPerS, port?.maxSpeedGtPerS ?? null].filter((one) => one !== null)
  const possibleSpeedGtPerS = speeds.length === 0 ? null : Math.min(...speeds)
  const isNarrow = link.laneWidth < possibleLaneWidth
  const isSlow =
    link.speedGtPerS !== null &&
    possibleSpeedGtPerS !== null &&
    link.speedGtPerS < possibleSpeedGtPerS
  const stateNow = () => {
    if (link.laneWidth === 0) return 'down'
    if (!isNarrow && !isSlow) return 'full'
    if (port === null) return 'unjudged'
    return isNarrow ? 'narrow' : 'slow'
  }
  return { link, possibleLaneWidth, possibleSpeedGtPerS, state: stateNow() }
}

/** Generation of PCI Express by its rate: 16 GT/s is 4. Null for a rate of none. */
export function pciGeneration(speedGtPerS: number | null): number | null {
  const at = [2.5, 5, 8, 16, 32, 64, 128].indexOf(speedGtPerS ?? 0)
  return at < 0 ? null : at + 1
}

/** `x8 Gen4, can x16 Gen5`: the second half where the link runs below what it could. */
export function linkText(one: LinkState): string {
  const { link, possibleLaneWidth, possibleSpeedGtPerS, state } = one
  const best = `x${possibleLaneWidth} ${speedText(possibleSpeedGtPerS)}`.trim()
  if (state === 'down') return `down, can ${best}`
  const now = `x${link.laneWidth} ${speedText(link.speedGtPerS)}`.trim()
  if (state === 'full') return now
  return state === 'unjudged' ? `${now}, device ${best}` : `${now}, can ${best}`
}

function speedText(speedGtPerS: number | null): string {
  const generation = pciGeneration(speedGtPerS)
  if (generation !== null) return `Gen${generation}`
  return speedGtPerS === null ? '' : `${speedGtPerS} GT/s`
}
