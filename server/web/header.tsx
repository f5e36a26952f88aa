import { useState } from 'preact/hooks'
import { useNow, usePage } from './hooks.ts'
import type { Link as LinkState } from './live-fleet.ts'
import { logOut } from './page-client.ts'
import { Link } from './router.tsx'
import type { Route } from './router.tsx'
import { applyTheme, storedTheme, themes } from './theme.ts'

/** Where one is, who one is, and whether what one sees is still true. */
export function Header({ route, link }: { readonly route: Route; readonly link: LinkState }) {
  const { session } = usePage()
  const isMachines = route.kind === 'machines' || route.kind === 'machine'
  return (
    <header class="top">
      <Link to="/" class="brand">
        <Mark /> Assay
      </Link>
      <nav aria-label="Pages">
        <Link to="/" current={isMachines}>
          Machines
        </Link>
        <Link to="/request" current={route.kind === 'request'}>
          Request
        </Link>
        <Link
          to="/allocations"
          current={route.kind === 'allocations' || route.kind === 'allocation'}
        >
          Allocations
        </Link>
        <Link to="/images" current={route.kind === 'images'}>
          Images
        </Link>
      </nav>
      <LinkStatus link={link} />
      <span class="who">
        {session.name} <small>{session.role}</small>
      </span>
      <ThemeButton />
      <button
        type="button"
        class="quiet"
        onClick={() => void logOut().finally(() => window.location.assign('/'))}
      >
        Log out
      </button>
    </header>
  )
}

function LinkStatus({ link }: { readonly link: LinkState }) {
  const nowMs = useNow()
  if (link.kind === 'live') {
    return (
      <span class="link live" role="status">
        Live
      </span>
    )
  }
  if (link.kind === 'lost') {
    const seconds = Math.max(0, Math.ceil((link.retryAtMs - nowMs) / 1000))
    return (
      <span class="link lost" role="status" title={link.reason}>
        Connection lost, {seconds === 0 ? 'trying again' : `again in ${seconds} s`}
      </span>
    )
  }
  return (
    <span class="link" role="status">
      Connecting
    </span>
  )
}

function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme())
  const turn = () => {
    const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto'
    applyTheme(next)
    setTheme(next)
  }
  return (
    <button type="button" class="quiet" onClick={turn} aria-label={`Colours: ${theme}`}>
      {{ auto: '◐', light: '☀', dark: '☾' }[theme]}
    </button>
  )
}

/** A touchstone with its streak: what an assayer works with. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <rect class="stone" x="1" y="1" width="14" height="14" rx="3" />
      <path class="streak" d="M4 12 L8 3.5 L12 12 M5.6 9 H10.4" />
    </svg>
  )
}
