import { expect, test } from 'vitest'
import { componentsOf } from '../../../protocol/facts/firmware-components.ts'
import { emptyInventory, parseFacts } from '../../../protocol/facts/inventory.ts'
import { machineFacts } from '../../agent/discovery/machines.ts'

test('firmware of a recorded machine is one list', async () => {
  const facts = await machineFacts('qemu-q35-two-socket')
  const firmware = parseFacts('firmware', facts['firmware'])
  const resources = [
    {
      name: 'entry0',
      class: '230c8b18-8d9b-53ec-838b-6cfc0383493a',
      type: 'system',
      version: 65_582,
      lowestSupportedVersion: 65_582,
      lastAttemptVersion: null,
      lastAttemptStatus: null,
    },
  ] as const
  const cpu = parseFacts('cpu', facts['cpu'])
  const storage = parseFacts('storage', facts['storage'])
  const listed = componentsOf({
    ...emptyInventory,
    cpu,
    storage,
    firmware: { ...firmware, resources },
  })
  expect(listed.filter(({ kind }) => kind === 'bios')).toEqual([
    { kind: 'bios', subject: 'Assay', version: '1.2' },
  ])
  expect(listed).toContainEqual({ kind: 'disk', subject: 'sda', version: 'FW12' })
  expect(listed.at(-1)).toEqual({
    kind: 'resource',
    subject: '230c8b18-8d9b-53ec-838b-6cfc0383493a',
    version: '65582',
  })
  expect(componentsOf(emptyInventory)).toEqual([])
})
