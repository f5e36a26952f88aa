import { shortId } from './format.ts'
import { usePage } from './hooks.ts'

/** Gives the machines of an allocation back, after asking. */
export function ReleaseButton({ allocationId }: { readonly allocationId: string }) {
  const { live, confirm, session } = usePage()
  if (session.role === 'viewer') return null
  const ask = () =>
    confirm({
      title: `Release allocation ${shortId(allocationId)}?`,
      text: 'Its machines are taken from their user, and what is on their disks is lost.',
      action: 'Release',
      input: null,
      run: () => live.client.allocations.release(allocationId),
    })
  return (
    <button type="button" class="small danger" onClick={ask}>
      Release
    </button>
  )
}
