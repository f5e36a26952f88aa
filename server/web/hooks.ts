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
  /** What is asked beside yes or no, and what stands there at first; null: nothing. */
  readonly input: { readonly label: string; readonly value: string } | null
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

/** All that show an age hear of the same second: a long list has one timer, not one a row. */
const tickers = new Set<(nowMs: number) => void>()
let ticking: ReturnType<typeof setInterval> | null = null

/** The time, once a second: ages grow while nothing happens. */
export function useNow(): number {
  const [nowMs, setNow] = useState(Date.now)
  useEffect(() => {
    tickers.add(setNow)
    ticking ??= setInterval(() => {
      const now = Date.now()
      for (const tell of tickers) tell(now)
    }, 1000)
    return () => {
      tickers.delete(setNow)
      if (tickers.size > 0 || ticking === null) return
      clearInterval(ticking)
      ticking = null
    }
  }, [])
  return nowMs
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Assay`
  }, [title])
}

/** A key for one thing to be made, however often it is sent. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
