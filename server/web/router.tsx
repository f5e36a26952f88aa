import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** What the address bar asks for. */
export type Route =
  | { readonly kind: 'machines' }
  | { readonly kind: 'machine'; readonly id: string }
  | { readonly kind: 'request' }
  | { readonly kind: 'allocations' }
  | { readonly kind: 'allocation'; readonly id: string }
  | { readonly kind: 'images' }
  | { readonly kind: 'nowhere'; readonly path: string }

export function routeOf(path: string): Route {
  const words = path.split('/').filter((word) => word !== '')
  const [page, id] = words
  if (page === undefined) return { kind: 'machines' }
  if (words.length === 1 && page === 'machines') return { kind: 'machines' }
  if (words.length === 1 && page === 'request') return { kind: 'request' }
  if (words.length === 1 && page === 'allocations') return { kind: 'allocations' }
  if (words.length === 1 && page === 'images') return { kind: 'images' }
  if (words.length === 2 && page === 'machines' && id !== undefined) return { kind: 'machine', id }
  if (words.length === 2 && page === 'allocations' && id !== undefined) {
    return { kind: 'allocation', id }
  }
  return { kind: 'nowhere', path }
}

export function navigate(path: string): void {
  window.history.pushState(null, '', path)
  window.dispatchEvent(new PopStateEvent('popstate'))
  window.scrollTo(0, 0)
}

export function useRoute(): Route {
  const [path, setPath] = useState(window.location.pathname)
  useEffect(() => {
    const follow = () => setPath(window.location.pathname)
    window.addEventListener('popstate', follow)
    return () => window.removeEventListener('popstate', follow)
  }, [])
  return routeOf(path)
}

/** A real link that the page follows by itself; other buttons and keys stay the browser's. */
export function Link(props: {
  readonly to: string
  readonly class?: string
  readonly current?: boolean
  readonly children: ComponentChildren
}) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    navigate(props.to)
  }
  return (
    <a
      href={props.to}
      class={props.class ?? ''}
      aria-current={props.current === true ? 'page' : undefined}
      onClick={follow}
    >
      {props.children}
    </a>
  )
}
