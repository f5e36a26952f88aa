/**
 * The value at a position, from 0, if `values` were sorted by falling size. Hoare's selection: on
 * average linear in time. Rearranges `values`.
 */
export function nthLargest(values: Float64Array, position: number): number {
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
