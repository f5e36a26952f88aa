import { type LinkState, linkText } from '../../protocol/facts/pci-links.ts'

/** Lanes in use out of those there are; a link below its best says so and is marked. */
export function Lanes({ link: judged }: { readonly link: LinkState }) {
  const { link, state } = judged
  const lanes = Math.min(32, Math.max(link.laneWidth, link.maxLaneWidth))
  const isDegraded = state === 'narrow' || state === 'slow' || state === 'down'
  return (
    <span class={`lanes ${isDegraded ? 'degraded' : ''}`}>
      <svg viewBox={`0 0 ${lanes * 3} 8`} width={lanes * 3} height={8} aria-hidden="true">
        {Array.from({ length: lanes }, (_, at) => (
          <rect
            key={at}
            class={at < link.laneWidth ? 'used' : ''}
            x={at * 3}
            y={0}
            width={2}
            height={8}
          />
        ))}
      </svg>
      {isDegraded ? `▼ ${linkText(judged)}` : linkText(judged)}
    </span>
  )
}
