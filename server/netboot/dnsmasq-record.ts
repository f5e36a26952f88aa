import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../protocol/effects.ts'
import { isErrorCode } from '../error-code.ts'

const recordSchema = z.strictObject({
  pid: z.number().int().min(2),
  /** Made for it: configuration and TFTP files. */
  folder: z.string().min(1),
})
type DnsmasqRecord = Readonly<z.infer<typeof recordSchema>>

/** dnsmasq ends within this after it was asked to. */
const endMs = 5000

/** Where the record is kept: in the server's own folder, so that it can be believed. */
const recordFile = (stateDir: string) => path.join(stateDir, 'dnsmasq.json')

/** Notes what runs, for a server that comes after this one was killed. */
export async function recordDnsmasq(stateDir: string, record: DnsmasqRecord): Promise<void> {
  const file = recordFile(stateDir)
  await writeFile(`${file}.new`, JSON.stringify(record))
  await rename(`${file}.new`, file)
}

/** Nothing runs any more. */
export async function forgetDnsmasq(stateDir: string): Promise<void> {
  await rm(recordFile(stateDir), { force: true })
}

/**
 * Ends what a killed server left: its dnsmasq, which would hold our ports and give out old
 * addresses of ours, and its folder. A process is taken for it only when its command line names
 * that folder, since the kernel gives numbers out again.
 */
export async function endLeftover(stateDir: string, clock: Clock): Promise<void> {
  const text = await readIfThere(recordFile(stateDir))
  const record = recordSchema.safeParse(text === null ? null : parseJson(text))
  if (record.success) {
    const { pid, folder } = record.data
    const runs = async () => (await readIfThere(`/proc/${pid}/cmdline`))?.includes(folder) === true
    const deadline = clock.monotonic() + endMs
    if (await runs()) process.kill(pid, 'SIGTERM')
    while (await runs()) {
      if (clock.monotonic() > deadline) {
        throw new Error(`dnsmasq of an earlier server does not end: stop process ${pid}`)
      }
      await clock.sleep(20)
    }
    await rm(folder, { recursive: true, force: true })
  }
  await forgetDnsmasq(stateDir)
}

/** A record that was cut off by a crash of the machine is none: nothing of then runs now. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isErrorCode(error, 'ENOENT') || isErrorCode(error, 'ESRCH')) return null
    throw error
  }
}
