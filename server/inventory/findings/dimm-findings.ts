import type { Finding } from '../../../protocol/facts/finding.ts'
import type { FactsOf } from '../../../protocol/facts/inventory.ts'
import { amountText } from '../../../protocol/human-text.ts'
import { slotOf } from './dimm-slot.ts'

type Memory = FactsOf<'memory'>
type Dimm = Memory['dimms'][number]

/**
 * DIMMs that are unlike their siblings. Sockets of one machine are filled alike: a slot that is empty
 * in one and filled in all others is a module that is missing or was not trained.
 */
export function dimmFindings({ dimms, arrays }: Memory): readonly Finding[] {
  const main = dimms.filter((dimm) => isMainMemory(dimm, arrays))
  const filled = main.filter((dimm) => dimm.populated)
  return [...missing(main), ...unlike(filled)]
}

function isMainMemory({ arrayIndex }: Dimm, arrays: Memory['arrays']): boolean {
  const use = arrayIndex === null ? null : (arrays[arrayIndex]?.use ?? null)
  return use === null || use === 'System Memory'
}

function missing(dimms: readonly Dimm[]): readonly Finding[] {
  const slots = dimms.map(slotOf).filter((slot) => slot !== null)
  // Names that tell the socket of some slots only tell nothing of how sockets are filled.
  if (slots.length < dimms.length) return []
  const sockets = Map.groupBy(slots, ({ socket }) => socket)
  const alike = new Set([...sockets.values()].map((own) => own.map(({ place }) => place).join()))
  if (sockets.size < 2 || alike.size > 1) return []
  return slots
    .filter(({ dimm }) => !dimm.populated)
    .flatMap(({ dimm, socket, place }) => {
      const siblings = slots.filter((other) => other.place === place && other.socket !== socket)
      if (!siblings.every((other) => other.dimm.populated)) return []
      const others = siblings.map(({ dimm: other }) => nameOf(other)).join(', ')
      return [
        finding(
          'memory.dimm-missing',
          nameOf(dimm),
          `DIMM slot ${nameOf(dimm)} is empty and ${others} is not: a module is missing or failed`,
        ),
      ]
    })
}

/** Modules of which more than half of the others are another kind. */
function unlike(dimms: readonly Dimm[]): readonly Finding[] {
  return [
    ...minority(dimms, 'memory.dimm-size', 'size', ({ sizeBytes }) =>
      sizeBytes === null ? null : amountText(sizeBytes, 'B', true),
    ),
    ...minority(dimms, 'memory.dimm-speed', 'configured speed', ({ configuredSpeedMtPerS }) =>
      configuredSpeedMtPerS === null ? null : `${configuredSpeedMtPerS} MT/s`,
    ),
    ...minority(dimms, 'memory.dimm-part', 'part number', ({ partNumber }) => partNumber),
  ]
}

function minority(
  dimms: readonly Dimm[],
  code: string,
  what: string,
  read: (dimm: Dimm) => string | null,
): readonly Finding[] {
  const told = dimms.flatMap((dimm) => {
    const value = read(dimm)
    return value === null ? [] : [{ dimm, value }]
  })
  const byValue = [...Map.groupBy(told, ({ value }) => value)].toSorted(
    ([, a], [, b]) => b.length - a.length,
  )
  const [usual, ...others] = byValue
  if (usual === undefined || usual[1].length * 2 <= told.length) return []
  return others.flatMap(([value, group]) =>
    group.map(({ dimm }) =>
      finding(
        code,
        nameOf(dimm),
        `DIMM ${nameOf(dimm)} has ${what} ${value}, most others have ${usual[0]}`,
      ),
    ),
  )
}

function nameOf({ locator, bankLocator }: Dimm): string {
  return locator ?? bankLocator ?? 'without a locator'
}

function finding(code: string, subject: string, message: string): Finding {
  return { code, severity: 'warning', subject: subject.slice(0, 128), message }
}
