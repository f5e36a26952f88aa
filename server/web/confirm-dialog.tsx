import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Question } from './hooks.ts'

/** Asks, does it, and stays open with the reason where the server says no. */
export function ConfirmDialog(props: {
  readonly question: Question
  readonly onClose: () => void
}) {
  const { question, onClose } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const [input, setInput] = useState(question.input?.value ?? '')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  useLayoutEffect(() => dialog.current?.showModal(), [])
  const submit = (event: Event) => {
    event.preventDefault()
    setBusy(true)
    question.run(input.trim()).then(onClose, (error: unknown) => {
      setBusy(false)
      setProblem(error instanceof Error ? error.message : 'the server did not answer')
    })
  }
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="question">
      <form onSubmit={submit}>
        <h2 id="question">{question.title}</h2>
        <p>{question.text}</p>
        {question.input !== null && (
          <label>
            {question.input.label}
            <input
              required
              maxLength={500}
              value={input}
              onInput={(event) => setInput(event.currentTarget.value)}
            />
          </label>
        )}
        {problem !== null && <p role="alert">{problem}</p>}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            {question.action}
          </button>
        </div>
      </form>
    </dialog>
  )
}
