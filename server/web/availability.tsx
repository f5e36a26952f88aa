import type { Availability } from '../../protocol/explanation.ts'
import { CountBar } from './count-bar.tsx'

/** Machines by what keeps them, as a bar out of `outOf` and in words. */
export function AvailabilityBar(props: {
  readonly machines: Availability
  readonly outOf: number
}) {
  const { free, held, unschedulable } = props.machines
  return (
    <>
      <CountBar
        total={props.outOf}
        parts={[
          { count: free, tone: 'free' },
          { count: held, tone: 'held' },
          { count: unschedulable, tone: 'out' },
        ]}
      />
      <ul class="legend">
        <li class="tone-free">{free} free</li>
        {held > 0 && <li class="tone-held">{held} held</li>}
        {unschedulable > 0 && <li class="tone-out">{unschedulable} out of service</li>}
      </ul>
    </>
  )
}
