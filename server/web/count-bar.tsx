/** Tones of parts of a bar; what they mean stands beside it in words. */
export type BarTone = 'left' | 'lost' | 'free' | 'held' | 'out'

export interface BarPart {
  readonly count: number
  readonly tone: BarTone
}

const width = 1000

/** Counts beside each other, out of `total`. Something is never drawn as nothing. */
export function CountBar(props: { readonly parts: readonly BarPart[]; readonly total: number }) {
  const scale = width / Math.max(1, props.total)
  let x = 0
  const spans = props.parts
    .filter(({ count }) => count > 0)
    .map(({ count, tone }) => {
      const span = { tone, x: Math.min(x, width - 6), width: Math.max(6, count * scale) }
      x += count * scale
      return span
    })
  return (
    <svg
      class="count-bar"
      viewBox={`0 0 ${width} 10`}
      preserveAspectRatio="none"
      width="100%"
      height={8}
      aria-hidden="true"
    >
      {spans.map((span, at) => (
        <rect
          key={at}
          class={`tone-${span.tone}`}
          x={span.x}
          y={0}
          width={span.width}
          height={10}
        />
      ))}
    </svg>
  )
}
