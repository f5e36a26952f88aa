import { useEffect, useState } from 'preact/hooks'
import type { Allocation } from '../../protocol/api.ts'
import type { QueuePlace } from '../../protocol/queue.ts'
import { useClient } from './hooks.ts'

/** Places move without an event of the allocation that waits. */
const refreshMs = 3000

/** Where allocations stand in the queue, by id; asked for again while any of them waits. */
export function useQueue(allocations: readonly Allocation[]): ReadonlyMap<string, QueuePlace> {
  const client = useClient()
  const [places, setPlaces] = useState<ReadonlyMap<string, QueuePlace>>(new Map())
  const waiting = allocations
    .filter(({ state }) => state === 'queued')
    .map(({ id, generation }) => `${id} ${generation}`)
    .join()
  useEffect(() => {
    if (waiting === '') return undefined
    let isOpen = true
    const fetchNow = () => {
      client.queue().then(
        (queue) => {
          if (isOpen) setPlaces(new Map(queue.map((place) => [place.allocationId, place])))
        },
        // The page tells of a lost connection by itself.
        () => undefined,
      )
    }
    fetchNow()
    const timer = setInterval(fetchNow, refreshMs)
    return () => {
      isOpen = false
      clearInterval(timer)
    }
  }, [client, waiting])
  return places
}
