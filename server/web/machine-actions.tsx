import type { MachineSummary } from '../../protocol/api.ts'
import { machineTitle } from './format.ts'
import { useIsOperator, usePage } from './hooks.ts'
import type { Question } from './hooks.ts'
import { ApproveButton } from './machines-page.tsx'
import { ReleaseButton } from './release-button.tsx'

/** What an operator may do with a machine now; each asks first. */
export function MachineActions({ machine }: { readonly machine: MachineSummary }) {
  const { confirm } = usePage()
  const questions = useQuestions(machine)
  if (!useIsOperator()) return null
  const { flags, allocationId } = machine
  return (
    <span class="actions">
      {(flags.includes('pending') || flags.includes('conflict')) && (
        <ApproveButton machine={machine} />
      )}
      {questions.map((question) => (
        <button key={question.action} type="button" class="small" onClick={() => confirm(question)}>
          {question.action}
        </button>
      ))}
      {allocationId !== null && <ReleaseButton allocationId={allocationId} />}
    </span>
  )
}

function useQuestions(machine: MachineSummary): readonly Question[] {
  const { machines } = usePage().live.client
  const { id, flags, state, connected, reason } = machine
  const name = machineTitle(machine)
  const maintenance: Question = flags.includes('maintenance')
    ? {
        title: `${name} back into service?`,
        // An operator who ends it answers for what was due.
        text: `${reason === null ? '' : `${reason}. `}It may be lent out again at once.`,
        action: 'End maintenance',
        input: null,
        run: () => machines.setMaintenance(id, null),
      }
    : {
        title: `Take ${name} out of service?`,
        text: 'Who holds it keeps it; nobody new gets it.',
        action: 'Maintenance',
        input: { label: 'Why', value: '' },
        run: (reason) => machines.setMaintenance(id, reason),
      }
  const inspect: Question = {
    title: `Inspect ${name} again?`,
    text: 'Its agent discovers and measures everything anew; the old inspection is kept.',
    action: 'Inspect',
    input: null,
    run: () => machines.inspect(id),
  }
  const reboot: Question = {
    title: `Reboot ${name}?`,
    text: 'Its agent ends and the machine boots from the network again.',
    action: 'Reboot',
    input: null,
    run: () => machines.reboot(id),
  }
  const recover: Question = {
    title: `Recover ${name}?`,
    text: 'It leaves its error, and its allocation if it has one, and is inspected again.',
    action: 'Recover',
    input: null,
    run: () => machines.recover(id),
  }
  const isIdle = connected && state === 'available'
  return [
    maintenance,
    ...(isIdle ? [inspect, reboot] : []),
    ...(state === 'error' ? [recover] : []),
  ]
}
