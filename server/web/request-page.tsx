import { useEffect, useMemo, useState } from 'preact/hooks'
import type { AllocationAnswer } from '../../protocol/api.ts'
import type { Client } from '../../protocol/client.ts'
import type { Explanation } from '../../protocol/explanation.ts'
import type { RequestChange } from '../../protocol/request/change.ts'
import { ExplanationView } from './explanation-view.tsx'
import type { Fleet } from './fleet.ts'
import { plural } from './format.ts'
import { newKey, usePage, useTitle } from './hooks.ts'
import { exampleRequest, storeDraft, storedDraft } from './request-draft.ts'
import { changeRequestText } from './request-edit.ts'
import { profilesFor } from './request-profiles.ts'
import { RequestField } from './request-field.tsx'
import { problemsOf, readRequestText } from './request-text.ts'
import type { TextProblem } from './request-text.ts'
import { requestOutline } from './request-outline.ts'
import { navigate } from './router.tsx'

type Answer =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking' }
  /** The request is not one, or the server would not hear it. */
  | {
      readonly kind: 'refused'
      readonly message: string
      readonly problems: readonly TextProblem[]
    }
  | {
      readonly kind: 'explained'
      readonly explanation: Explanation
      /** What was asked: another text has another answer. */
      readonly text: string
    }

interface Applied {
  readonly before: string
  readonly what: string
}

/** Asks for machines: what a request would get and why, and then really. */
export function RequestPage({ fleet }: { readonly fleet: Fleet }) {
  const { live, confirm, session } = usePage()
  const [text, setText] = useState(storedDraft)
  const [answer, setAnswer] = useState<Answer>({ kind: 'none' })
  const [applied, setApplied] = useState<Applied | null>(null)
  const [holdOnly, setHoldOnly] = useState(false)
  const [asImported, setAsImported] = useState(false)
  useTitle('Request')
  useEffect(() => storeDraft(text), [text])
  const { allocations, inventory } = live.client
  const hasImported = useMemo(
    () => [...fleet.machines.values()].some(({ flags }) => flags.includes('imported')),
    [fleet.machines],
  )

  /** Sends a text; what is wrong with it is shown at its lines, all else is thrown. */
  const send = async (
    asked: string,
    call: (request: unknown) => Promise<AllocationAnswer>,
  ): Promise<AllocationAnswer | null> => {
    const read = readRequestText(asked)
    if (read.kind === 'unreadable') {
      setAnswer({ kind: 'refused', message: 'This cannot be read', problems: read.problems })
      return null
    }
    try {
      const given = await call(read.value)
      setAnswer({ kind: 'explained', explanation: given.explanation, text: asked })
      return given
    } catch (error) {
      const problems = problemsOf(error, read)
      if (problems === null || problems.length === 0) throw error
      const message = `The server does not take this request: ${plural(problems.length, 'problem')}, marked in it`
      setAnswer({ kind: 'refused', message, problems })
      return null
    }
  }
  const explain = (asked: string) => {
    setAnswer({ kind: 'asking' })
    const call = asImported && hasImported ? inventory.match : allocations.match
    send(asked, call).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : 'the server did not answer'
      setAnswer({ kind: 'refused', message, problems: [] })
    })
  }
  const ask = () => {
    const read = readRequestText(text)
    if (read.kind === 'unreadable') return explain(text)
    const key = newKey()
    confirm({
      title: holdOnly ? 'Hold these machines?' : 'Request these machines?',
      text: `${requestOutline(read.value)} For ${session.name} of ${session.tenant}. ${
        holdOnly
          ? 'They are held until the hold ends or is confirmed.'
          : 'The lease begins at once.'
      }`,
      action: holdOnly ? 'Hold' : 'Request',
      input: null,
      run: async () => {
        const given = await send(text, (request) =>
          allocations.create({ request, confirm: !holdOnly }, key),
        )
        const made = given?.allocation ?? null
        if (made !== null) navigate(`/allocations/${encodeURIComponent(made.id)}`)
      },
    })
  }
  const apply = (changes: readonly RequestChange[], what: string) => {
    changedText(text, changes, live.client).then(
      (changed) => {
        setApplied({ before: text, what })
        setText(changed)
        explain(changed)
      },
      (error: unknown) => {
        const why = error instanceof Error ? error.message : 'the server did not answer'
        const message = `This change cannot be written into the text: ${why}`
        setAnswer({ kind: 'refused', message, problems: [] })
      },
    )
  }
  const isStale = answer.kind === 'explained' && answer.text !== text
  return (
    <>
      <div class="bar">
        <h1>Request</h1>
        <p class="muted">Say what machines you need. Explaining holds nothing.</p>
      </div>
      <div class="asking">
        <section class="card" aria-label="The request">
          <RequestField
            text={text}
            problems={answer.kind === 'refused' ? answer.problems : []}
            onText={setText}
            onSubmit={() => explain(text)}
          />
          {applied !== null && (
            <p class="applied" role="status">
              Applied: {applied.what}{' '}
              <button
                type="button"
                class="small"
                onClick={() => {
                  setText(applied.before)
                  setApplied(null)
                  explain(applied.before)
                }}
              >
                Undo
              </button>
            </p>
          )}
          <div class="buttons">
            {text !== exampleRequest && (
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  setApplied({ before: text, what: 'the example' })
                  setText(exampleRequest)
                }}
              >
                Example
              </button>
            )}
            {hasImported && (
              <label class="check">
                <input
                  type="checkbox"
                  checked={asImported}
                  onChange={(event) => setAsImported(event.currentTarget.checked)}
                />{' '}
                explain with imported machines
              </label>
            )}
            {session.role !== 'viewer' && (
              <label class="check">
                <input
                  type="checkbox"
                  checked={holdOnly}
                  onChange={(event) => setHoldOnly(event.currentTarget.checked)}
                />{' '}
                hold only, confirm later
              </label>
            )}
            {session.role !== 'viewer' && (
              <button type="button" onClick={ask}>
                Request
              </button>
            )}
            <button
              type="button"
              class="primary"
              disabled={answer.kind === 'asking'}
              onClick={() => explain(text)}
            >
              Explain
            </button>
          </div>
        </section>
        <section class="card" aria-label="Answer" aria-busy={answer.kind === 'asking'}>
          <h2>Answer</h2>
          {answer.kind === 'none' && (
            <p class="empty">
              The answer comes here: how many machines are left after each condition, what stands in
              the way, and what would help.
            </p>
          )}
          {answer.kind === 'asking' && <p class="empty">Asking</p>}
          {answer.kind === 'refused' && (
            <p class="verdict verdict-impossible" role="alert">
              <span class="sign" aria-hidden="true">
                !
              </span>
              <span>{answer.message}</span>
            </p>
          )}
          {isStale && (
            <p class="note">The text has changed since; Explain again for changes to be applied.</p>
          )}
          {answer.kind === 'explained' && (
            <ExplanationView
              explanation={answer.explanation}
              fleet={fleet}
              apply={isStale ? null : apply}
            />
          )}
        </section>
      </div>
    </>
  )
}

/** The text with changes, by the profiles that it names. Rejects where they cannot be written. */
async function changedText(
  text: string,
  changes: readonly RequestChange[],
  client: Pick<Client, 'profiles'>,
): Promise<string> {
  const read = readRequestText(text)
  const profiles = await profilesFor(read.kind === 'read' ? read.value : null, client)
  return changeRequestText(text, changes, profiles)
}
