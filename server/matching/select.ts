/** Up to this position the largest values are kept in order on one walk over all. */
const lastOfFew = 16

/** The value at a position, from 0, if `values` were sorted by falling size. */
export function nthLargest(values: Float64Array, position: number): number {
  return position < lastOfFew ? nthOfFew(values, position) : nthOfMany(values.slice(), position)
}

function nthOfFew(values: Float64Array, position: number): number {
  const best = new Float64Array(position + 1).fill(-Infinity)
  let least = -Infinity
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0
    if (value <= least) continue
    let place = position
    while (place > 0 && (best[place - 1] ?? 0) < value) {
      best[place] = best[place - 1] ?? 0
      place -= 1
    }
    best[place] = value
    least = best[position] ?? 0
  }
  return least
}

/** Hoare's selection: on average linear in time. Rearranges `values`. */
function nthOfMany(values: Float64Array, position: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0
    let left = low
    let right = high
    while (left <= right) {
      while ((values[left] ?? 0) > pivot) left += 1
      while ((values[right] ?? 0) < pivot) right -= 1
      if (left > right) break
      const swapped = values[left] ?? 0
      values[left] = values[right] ?? 0
      values[right] = swapped
      left += 1
      right -= 1
    }
    if (position <= right) high = right
    else if (position >= left) low = left
    else return values[position] ?? 0
  }
  return values[position] ?? 0
}
