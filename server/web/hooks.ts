import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Client } from '../../protocol/client.ts'
import type { LiveFleet, LiveState } from './live-fleet.ts'
import type { Session } from './page-client.ts'

/** What every part of a page that is logged in may use. */
export interface PageContext {
  readonly live: LiveFleet
  readonly session: Session
  /** Asks before something that has consequences. */
  readonly confirm: (question: Question) => void
}

export interface Question {
  readonly title: string
  readonly text: string
  /** On the button that does it. */
  readonly action: string
  /** What is asked beside yes or no; null: nothing. */
  readonly input: string | null
  /** Throws what the server says against it. */
  run(input: string): Promise<unknown>
}

const Context = createContext<PageContext | null>(null)
export const PageProvider = Context.Provider

export function usePage(): PageContext {
  const page = useContext(Context)
  if (page === null) throw new Error('no page is logged in here')
  return page
}

export function useClient(): Client {
  return usePage().live.client
}

/** True for who may change things. */
export function useIsOperator(): boolean {
  return usePage().session.role === 'operator'
}

export function useLive(live: LiveFleet): LiveState {
  const [state, setState] = useState(live.state)
  useEffect(() => {
    setState(live.state)
    return live.subscribe(() => setState(live.state))
  }, [live])
  return state
}

/** The time, once a second: ages grow while nothing happens. */
export function useNow(): number {
  const [nowMs, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return nowMs
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Assay`
  }, [title])
}
