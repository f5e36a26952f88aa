import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Finding } from '../../protocol/facts/finding.ts'

/** Findings by what they are about: a PCI address, a DIMM's label, a disk's name. */
export type Marks = ReadonlyMap<string, readonly Finding[]>

const Context = createContext<Marks>(new Map())
export const MarksProvider = Context.Provider

export function marksOf(findings: readonly Finding[]): Marks {
  return Map.groupBy(
    findings.filter(({ severity }) => severity !== 'info'),
    ({ subject }) => subject,
  )
}

/** A sign beside a part that a finding is about, with its message; nothing where there is none. */
export function Mark({ subject }: { readonly subject: string | null }) {
  const found = useContext(Context).get(subject ?? '')
  if (found === undefined) return null
  const isError = found.some(({ severity }) => severity === 'error')
  const text = found.map(({ message }) => message).join('; ')
  return (
    <span class={`mark ${isError ? 'mark-error' : ''}`} role="img" aria-label={text} title={text}>
      !
    </span>
  )
}
