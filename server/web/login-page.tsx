import { useState } from 'preact/hooks'
import { useTitle } from './hooks.ts'
import { logIn } from './page-client.ts'
import type { Session } from './page-client.ts'

/** Asks for a token. The browser keeps a cookie in its place. */
export function LoginPage({ onEnter }: { readonly onEnter: (session: Session) => void }) {
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  useTitle('Log in')
  const submit = (event: Event) => {
    event.preventDefault()
    logIn(token).then(onEnter, (error: unknown) =>
      setProblem(error instanceof Error ? error.message : 'the server did not answer'),
    )
  }
  return (
    <form class="login card" onSubmit={submit}>
      <h1>Assay</h1>
      <label>
        Token
        <input
          type="password"
          name="token"
          autocomplete="current-password"
          spellcheck={false}
          autofocus
          required
          placeholder="assay_…"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      {problem !== null && <p role="alert">{problem}</p>}
      <button type="submit" class="primary">
        Log in
      </button>
      <p class="hint">
        The server prints where its first operator token is when it starts. More are made by{' '}
        <code>assay token create</code>.
      </p>
    </form>
  )
}
