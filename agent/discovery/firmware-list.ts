import type { FactClass } from '../../protocol/facts/classes.ts'
import { componentsOf, type FirmwareComponent } from '../../protocol/facts/firmware-components.ts'
import { type FactsOf, parseFacts } from '../../protocol/facts/inventory.ts'

/** The firmware of all parts in one list, out of facts that have been held against their schema. */
export function firmwareList(
  facts: Readonly<Partial<Record<FactClass, unknown>>>,
): readonly FirmwareComponent[] {
  const read = <C extends FactClass>(name: C): FactsOf<C> | null =>
    facts[name] === undefined ? null : parseFacts(name, facts[name])
  return componentsOf({
    firmware: read('firmware'),
    cpu: read('cpu'),
    bmc: read('bmc'),
    tpm: read('tpm'),
    security: read('security'),
    nic: read('nic'),
    storage: read('storage'),
    gpu: read('gpu'),
  })
}
