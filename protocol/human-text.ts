import { humanQuantity, isUnit, quantityFromNumber } from './quantity.ts'
import type { Unit } from './quantity.ts'

/** An amount for people: `1.36 TiB` in binary, `1.5 TB`, `412 MB/s` or `100 Gbit/s` otherwise. */
export function amountText(value: number, unit: Unit, binary = false): string {
  return humanQuantity(quantityFromNumber(value, unit), unit, binary)
}

/** A measured figure in the unit its benchmark gave it. */
export function figureText(value: number, unit: string): string {
  if (unit === '1/s') return amountText(value, 'op/s')
  return isUnit(unit) && value >= 0 ? amountText(value, unit) : `${value} ${unit}`
}
