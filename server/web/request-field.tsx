import { useMemo, useRef, useState } from 'preact/hooks'
import { suggestAttributes, wordAt } from './attribute-suggestions.ts'
import type { TextProblem } from './request-text.ts'

/** The text of a request with numbered lines, what is wrong beside its line, and names to choose. */
export function RequestField(props: {
  readonly text: string
  readonly problems: readonly TextProblem[]
  readonly onText: (text: string) => void
  /** Control and Enter. */
  readonly onSubmit: () => void
}) {
  const { text, problems, onText, onSubmit } = props
  const field = useRef<HTMLTextAreaElement>(null)
  const [caret, setCaret] = useState<number | null>(null)
  const lines = text.split('\n')
  const bad = new Set(problems.map(({ line }) => line))
  const word = caret === null ? null : wordAt(text, caret)
  const suggestions = useMemo(
    () => (word === null ? [] : suggestAttributes(word.text)),
    [word?.text],
  )

  const complete = (name: string) => {
    const area = field.current
    if (area === null || word === null) return
    area.focus()
    area.setRangeText(name, word.from, word.to, 'end')
    onText(area.value)
    setCaret(area.selectionStart)
  }
  const goTo = (line: number) => {
    const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
    field.current?.focus()
    field.current?.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0))
  }
  const onKey = (event: KeyboardEvent) => {
    if (!event.ctrlKey && !event.metaKey) return
    const [first] = suggestions
    if (event.key === 'Enter') onSubmit()
    else if (event.key === ' ' && first !== undefined) complete(first.name)
    else return
    event.preventDefault()
  }
  const follow = () => setCaret(field.current?.selectionStart ?? null)
  return (
    <div class="request-field">
      <h2>
        <label for="request-text">Request in YAML or JSON</label>
      </h2>
      <div class={`numbered ${problems.length > 0 ? 'has-problems' : ''}`}>
        <ol class="gutter" aria-hidden="true">
          {lines.map((_, at) => (
            <li key={at} class={bad.has(at + 1) ? 'bad' : ''}>
              {bad.has(at + 1) ? `! ${at + 1}` : at + 1}
            </li>
          ))}
        </ol>
        <textarea
          id="request-text"
          ref={field}
          rows={lines.length}
          wrap="off"
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          aria-invalid={problems.length > 0}
          aria-describedby="request-problems request-names"
          value={text}
          onInput={(event) => {
            onText(event.currentTarget.value)
            follow()
          }}
          onKeyDown={onKey}
          onKeyUp={follow}
          onClick={follow}
        />
      </div>
      <div id="request-problems" role="alert">
        <ul class="problems">
          {problems.map(({ path, message, line }, at) => (
            <li key={at}>
              {line !== null && (
                <button type="button" class="small" onClick={() => goTo(line)}>
                  Line {line}
                </button>
              )}{' '}
              {path !== '' && <code>{path}</code>} {message}
            </li>
          ))}
        </ul>
      </div>
      <div id="request-names" class="names">
        {suggestions.length === 0 ? (
          <p class="hint">Attribute names are offered as you type. Ctrl+Enter explains.</p>
        ) : (
          <>
            <p class="hint">Attributes like this; Ctrl+Space takes the first:</p>
            <ul>
              {suggestions.map(({ name, detail }) => (
                <li key={name}>
                  <button type="button" class="small" onClick={() => complete(name)}>
                    <code>{name}</code>
                  </button>{' '}
                  <span class="muted">{detail}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  )
}
