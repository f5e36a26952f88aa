import { expect, test } from 'vitest'
import { deviceAccess } from '../../../agent/device-access/device-access.ts'
import { systemClock } from '../../../protocol/system-effects.ts'

const ask = deviceAccess(systemClock)

test('ethtool says that the loopback interface has a link', async () => {
  const answer = await ask({
    kind: 'ethtool',
    device: 'lo',
    request: '0a000000',
    lengthBytes: 8,
  })
  expect(answer?.toHex()).toBe('0a00000001000000')
})

test('a device that is not there has no answer', async () => {
  const link = { kind: 'ethtool', request: '0a000000', lengthBytes: 8 } as const
  expect(await ask({ ...link, device: 'noSuchPort' })).toBeUndefined()
  const identify = { opcode: 6, namespaceId: 0, commandDword10: 1, commandDword11: 0 } as const
  expect(
    await ask({
      kind: 'nvme-admin',
      device: '/dev/nvme9999',
      ...identify,
      commandDword14: 0,
      lengthBytes: 4096,
    }),
  ).toBeUndefined()
  const inquiry = { kind: 'scsi', command: '120000002400', lengthBytes: 36 } as const
  expect(await ask({ ...inquiry, device: '/dev/sdzzzz' })).toBeUndefined()
  const id = { kind: 'ipmi', netFunction: 6, command: 1, data: '' } as const
  expect(await ask({ ...id, device: '/dev/ipmi999' })).toBeUndefined()
})

test('a question the driver does not know has no answer', async () => {
  // Transceiver modules: the loopback interface has none.
  const answer = await ask({
    kind: 'ethtool',
    device: 'lo',
    request: '42000000',
    lengthBytes: 16,
  })
  expect(answer).toBeUndefined()
})

test('a page of a module is asked for by netlink, and the loopback interface has none', async () => {
  const page = { i2cAddress: 0x50, bank: 0, page: 1, offset: 128, lengthBytes: 128 } as const
  expect(await ask({ kind: 'module-page', device: 'lo', ...page })).toBeUndefined()
  expect(await ask({ kind: 'module-page', device: 'noSuchPort', ...page })).toBeUndefined()
})

test('a question that would change the device is refused before the device is opened', async () => {
  // FORMAT UNIT, to a device that is not there: without the refusal there would be no answer.
  await expect(
    ask({ kind: 'scsi', device: '/dev/sdzzzz', command: '040000000000', lengthBytes: 0 }),
  ).rejects.toThrow('not known to only read')
})
