import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mayAsk } from '../../../../agent/device-access/may-ask.ts'
import { tpmProbe } from '../../../../agent/discovery/probes/tpm.ts'
import type { AskDevice } from '../../../../agent/host.ts'
import { tpmFacts } from '../../../../protocol/facts/tpm.ts'
import { corpusTimeoutMs } from '../corpora.ts'
import { madeTree } from '../made-tree.ts'

const hasEmulator = Bun.which('swtpm_setup') !== null
const title = 'a TPM 2.0 that answers'

/** A TPM in software with endorsement certificates, and a way to send it commands. */
async function emulatedTpm() {
  const folder = await mkdtemp(join(tmpdir(), 'assay-swtpm-'))
  const state = join(folder, 'state')
  await mkdir(state)
  const made = spawnSync('swtpm_setup', [
    '--tpm2',
    `--tpmstate=${state}`,
    '--pcr-banks=sha1,sha256',
    '--create-ek-cert',
    '--lock-nvram',
  ])
  if (made.status !== 0) throw new Error(`Cannot make a TPM: ${made.stdout.toString()}`)
  const path = join(folder, 'socket')
  const options = [
    '--tpm2',
    `--tpmstate=dir=${state}`,
    `--server=type=unixio,path=${path}`,
    '--flags=startup-clear,not-need-init',
  ]
  const run = Bun.spawn(['swtpm', 'socket', ...options], { stdout: 'ignore', stderr: 'ignore' })
  const socket = await connected(path)
  return {
    ask: askOver(socket),
    async [Symbol.asyncDispose]() {
      socket.destroy()
      run.kill()
      await run.exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The socket as soon as the emulator has opened it. */
async function connected(path: string): Promise<Socket> {
  for (;;) {
    const socket = connect(path)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    if (await promise) return socket
  }
}

/** One command at a time, as the kernel sends them. */
function askOver(socket: Socket): AskDevice {
  let before: Promise<unknown> = Promise.resolve()
  return (question) => {
    if (question.kind !== 'tpm' || !mayAsk(question)) {
      throw new Error(`Cannot ask for ${JSON.stringify(question)}`)
    }
    const answer = before.then(() => {
      const { promise, resolve } = Promise.withResolvers<Uint8Array>()
      socket.once('data', (data: Buffer) => resolve(Uint8Array.from(data)))
      socket.write(Uint8Array.fromHex(question.command))
      return promise
    })
    before = answer
    return answer
  }
}

describe.skipIf(!hasEmulator)(
  hasEmulator ? title : `${title} (skipped: swtpm is not installed)`,
  () => {
    test(
      'tells its maker, certificates and registers, and no command could change it',
      async () => {
        await using tpm = await emulatedTpm()
        await using tree = await madeTree({ '/sys/class/tpm/tpm0/tpm_version_major': '2\n' })
        const { facts, findings } = await tpmProbe.read({ ...tree.host, ask: tpm.ask })
        expect(findings).toEqual([])
        const [found] = tpmFacts.parse(facts).tpms
        expect(found).toMatchObject({
          name: 'tpm0',
          version: '2.0',
          manufacturerId: '49424d00',
          manufacturer: 'IBM',
          specification: { family: '2.0', level: 0, revision: '1.64' },
          eventLog: null,
        })
        expect(found?.vendorText).toContain('SW')
        expect(found?.firmwareVersion).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
        expect(found?.endorsementCertificates?.map(({ key }) => key)).toEqual([
          'RSA 2048',
          'ECC NIST P-384',
        ])
        expect(Object.keys(found?.registers ?? {})).toEqual(['sha1', 'sha256'])
        const registers = found?.registers?.['sha256'] ?? {}
        expect(Object.keys(registers)).toHaveLength(24)
        // Dynamic root of trust registers start with ones, TPM 2.0 PC client profile §4.6.
        expect([registers['0'], registers['17']]).toEqual(['0'.repeat(64), 'f'.repeat(64)])
      },
      corpusTimeoutMs,
    )
  },
)
