import type { Allocation } from '../../protocol/api.ts'
import { parseDuration } from '../../protocol/request/duration.ts'
import { allocationTransitions } from '../../protocol/states.ts'
import type { AllocationAction, AllocationState } from '../../protocol/states.ts'
import { shortId } from './format.ts'
import { useIsOperator, usePage } from './hooks.ts'
import type { Question } from './hooks.ts'
import { durationOf } from './request-outline.ts'

/** True for who may act for the holder of an allocation. */
export function useMayHold(tenant: string): boolean {
  const { session } = usePage()
  return session.role === 'operator' || (session.role === 'scheduler' && session.tenant === tenant)
}

/** What the holder, or an operator, may do with an allocation in its state; each asks first. */
export function AllocationActions({ allocation }: { readonly allocation: Allocation }) {
  const { confirm } = usePage()
  const questions = useQuestions(allocation)
  return (
    <span class="actions">
      {questions.map((question) => (
        <button
          key={question.action}
          type="button"
          class={`small ${question.danger ? 'danger' : ''}`}
          onClick={() => confirm(question)}
        >
          {question.action}
        </button>
      ))}
    </span>
  )
}

interface Action extends Question {
  readonly danger: boolean
}

function useQuestions(allocation: Allocation): readonly Action[] {
  const { allocations } = usePage().live.client
  const mayHold = useMayHold(allocation.tenant)
  const isOperator = useIsOperator()
  const { id, state, request } = allocation
  const name = shortId(id)
  const isLegal = (...actions: readonly AllocationAction[]) =>
    actions.some((action) => hasState(allocationTransitions[action].from, state))
  const isQueued = state === 'queued'
  const holder: readonly Action[] = [
    ...(isLegal('confirm')
      ? [
          {
            title: `Turn the hold ${name} into a lease?`,
            text: 'The lease begins now, and its image is written where it has one.',
            action: 'Confirm',
            input: null,
            danger: false,
            run: () => allocations.confirm(id),
          },
        ]
      : []),
    ...(isLegal('renew')
      ? [
          {
            title: `Renew the lease ${name}?`,
            text: 'It then ends so long from now.',
            action: 'Renew',
            input: {
              label: 'For how long, such as 24h or 7d',
              value: durationOf(request) ?? '24h',
            },
            danger: false,
            run: async (duration: string) => allocations.renew(id, parseDuration(duration)),
          },
        ]
      : []),
    ...(isLegal('release', 'cancel')
      ? [
          {
            title: isQueued ? `Leave the queue with ${name}?` : `Release allocation ${name}?`,
            text: isQueued
              ? 'Its place is lost; a new request begins at the end.'
              : 'Its machines are taken from their user, and what is on their disks is lost.',
            action: isQueued ? 'Leave the queue' : 'Release',
            input: null,
            danger: true,
            run: () => allocations.release(id),
          },
        ]
      : []),
  ]
  const operator: readonly Action[] = isLegal('release')
    ? [
        {
          title: `Revoke allocation ${name}?`,
          text: 'Its holder loses the machines now; the reason is shown to them.',
          action: 'Revoke',
          input: { label: 'Why', value: '' },
          danger: true,
          run: (reason: string) => allocations.revoke(id, { reason }),
        },
      ]
    : []
  return [...(mayHold ? holder : []), ...(isOperator ? operator : [])]
}

function hasState(states: readonly AllocationState[], state: AllocationState): boolean {
  return states.includes(state)
}
