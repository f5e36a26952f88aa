import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

type Loaded<Props> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly Page: ComponentType<Props> }
  | { readonly kind: 'failed' }

/**
 * A page whose script is fetched when it is first shown, so that the others stay light. A script that
 * is gone means a newer server: only loading the site anew helps.
 */
export function lazily<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let loading: Promise<ComponentType<Props>> | null = null
  return function Lazy(props: Props) {
    const [state, setState] = useState<Loaded<Props>>({ kind: 'loading' })
    useEffect(() => {
      loading ??= load()
      loading.then(
        (Page) => setState({ kind: 'ready', Page }),
        () => {
          loading = null
          setState({ kind: 'failed' })
        },
      )
    }, [])
    if (state.kind === 'ready') return <state.Page {...props} />
    if (state.kind === 'loading') return <p class="waiting">Loading</p>
    return (
      <div class="waiting">
        <p role="alert">This part of the page did not load.</p>
        <button type="button" onClick={() => window.location.reload()}>
          Load the page anew
        </button>
      </div>
    )
  }
}
