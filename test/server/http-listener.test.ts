import { expect, test } from 'vitest'
import { openHttpListener } from '../../server/http-listener.ts'

test('a listener refuses a port that another server of ours has', async () => {
  const first = openHttpListener({ host: '127.0.0.1', port: 0, idleSeconds: 10 })
  try {
    const open = () => openHttpListener({ host: '127.0.0.1', port: first.port, idleSeconds: 10 })
    expect(open).toThrow(/in use/)
  } finally {
    await first.close()
  }
})
