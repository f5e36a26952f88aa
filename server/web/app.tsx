import { useEffect, useMemo, useState } from 'preact/hooks'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { Header } from './header.tsx'
import { PageProvider, useLive } from './hooks.ts'
import type { Question } from './hooks.ts'
import { ImagesPage } from './images-page.tsx'
import { lazily } from './lazily.tsx'
import type { LiveFleet, LiveState } from './live-fleet.ts'
import { LoginPage } from './login-page.tsx'
import { MachinePage } from './machine-page.tsx'
import { MachinesPage } from './machines-page.tsx'
import type { Session } from './page-client.ts'
import { Link, useRoute } from './router.tsx'
import type { Route } from './router.tsx'

/** What asks for machines knows every attribute: too much for who only looks at machines. */
const RequestPage = lazily(async () => (await import('./request-page.tsx')).RequestPage)
const AllocationsPage = lazily(async () => (await import('./allocations-page.tsx')).AllocationsPage)
const AllocationPage = lazily(async () => (await import('./allocation-page.tsx')).AllocationPage)

/** The whole page: a login, or what there is to see. */
export function App({ live }: { readonly live: LiveFleet }) {
  const state = useLive(live)
  const [session, setSession] = useState<Session | null>(null)
  const [question, setQuestion] = useState<Question | null>(null)
  const route = useRoute()
  const isIn = state.link.kind !== 'logged-out'

  useEffect(() => {
    void live.run()
  }, [live])
  useEffect(() => {
    if (state.link.kind !== 'live' || session !== null) return
    live.client.session().then(setSession, () => undefined)
  }, [live, state.link.kind, session])

  const page = useMemo(
    () => (session === null ? null : { live, session, confirm: setQuestion }),
    [live, session],
  )
  if (!isIn) {
    const enter = (session: Session) => {
      setSession(session)
      void live.run()
    }
    return <LoginPage onEnter={enter} />
  }
  if (page === null) {
    return <p class="waiting">{state.link.kind === 'lost' ? state.link.reason : 'Connecting'}</p>
  }
  return (
    <PageProvider value={page}>
      <Header route={route} link={state.link} />
      <main class={state.link.kind === 'lost' ? 'stale' : ''}>
        <Page route={route} state={state} />
      </main>
      {question !== null && <ConfirmDialog question={question} onClose={() => setQuestion(null)} />}
    </PageProvider>
  )
}

function Page({ route, state }: { readonly route: Route; readonly state: LiveState }) {
  const { fleet } = state
  switch (route.kind) {
    case 'machines':
      return <MachinesPage fleet={fleet} />
    case 'machine':
      return <MachinePage key={route.id} id={route.id} fleet={fleet} />
    case 'request':
      return <RequestPage fleet={fleet} />
    case 'allocation':
      return <AllocationPage key={route.id} id={route.id} fleet={fleet} />
    case 'allocations':
      return <AllocationsPage fleet={fleet} />
    case 'images':
      return <ImagesPage images={fleet.images} />
    case 'nowhere':
      return (
        <p class="waiting">
          Nothing is at {route.path}. <Link to="/">All machines</Link>
        </p>
      )
  }
}
