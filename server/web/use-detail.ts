import { useEffect, useRef, useState } from 'preact/hooks'
import type { MachineDetail, MachineSummary } from '../../protocol/api.ts'
import type { Client } from '../../protocol/client.ts'

/** The log and the findings grow without an event of their own. */
const refreshMs = 5000

/** A machine changes many times a second while it is inspected. */
const betweenMs = 400

export interface DetailState {
  /** Null until it came. */
  readonly detail: MachineDetail | null
  /** Why it did not come; null when it did. */
  readonly problem: string | null
}

/** All about a machine, fetched again when its summary has changed. */
export function useDetail(
  client: Client,
  id: string,
  summary: MachineSummary | undefined,
): DetailState {
  const [state, setState] = useState<DetailState>({ detail: null, problem: null })
  const fetchSoon = useRef<() => void>(() => undefined)

  useEffect(() => {
    let isOpen = true
    let timer: ReturnType<typeof setTimeout> | null = null
    const fetchNow = async () => {
      try {
        const detail = await client.machines.get(id)
        if (isOpen) setState({ detail, problem: null })
      } catch (error) {
        const problem = error instanceof Error ? error.message : 'the server did not answer'
        if (isOpen) setState((before) => ({ ...before, problem }))
      }
    }
    fetchSoon.current = () => {
      timer ??= setTimeout(() => {
        void fetchNow().finally(() => {
          timer = null
        })
      }, betweenMs)
    }
    void fetchNow()
    const refresh = setInterval(() => fetchSoon.current(), refreshMs)
    return () => {
      isOpen = false
      clearInterval(refresh)
      if (timer !== null) clearTimeout(timer)
    }
  }, [client, id])

  useEffect(() => fetchSoon.current(), [summary?.generation, summary?.activity?.kind])
  return state
}
