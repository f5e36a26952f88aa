import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../protocol/system-effects.ts'
import { silentLogger } from '../../../server/log.ts'
import { startProcess } from '../../../server/netboot/child-process.ts'
import { ipxeBinaries } from '../../../server/netboot/dnsmasq-config.ts'
import { superviseDnsmasq } from '../../../server/netboot/dnsmasq.ts'
import type { DnsmasqDeps } from '../../../server/netboot/dnsmasq.ts'
import { ManualClock } from '../manual-clock.ts'

let dir: string
let clock: ManualClock
const lines: string[] = []

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'assay-supervise-'))
  clock = new ManualClock()
  lines.length = 0
  for (const name of Object.values(ipxeBinaries)) await writeFile(path.join(dir, name), name)
})
afterEach(() => rm(dir, { recursive: true }))

const ready = 'echo "dnsmasq: started, version 2.90" >&2'

/** A shell script in dnsmasq's place, with dnsmasq's arguments. */
function deps(script: string): DnsmasqDeps {
  return {
    options: {
      interface: 'br0',
      mode: 'dhcp',
      range: '10.77.0.100,10.77.0.200',
      router: null,
      serverUrl: 'http://10.77.0.1:7081',
    },
    commandPrefix: [],
    stateDir: dir,
    ipxeDir: dir,
    start: (argv) => startProcess(['sh', '-c', script, ...argv]),
    clock,
    log: {
      ...silentLogger,
      info: (message, fields) => lines.push(`${message} ${String(fields?.line)}`),
    },
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const patience = AbortSignal.timeout(10_000)
  while (!(await condition())) {
    if (patience.aborted) throw new Error('condition did not come to hold')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Folders for dnsmasq whose iPXE is ours. */
async function madeFolders(): Promise<readonly string[]> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith('assay-dnsmasq-'))
  const texts = await Promise.all(
    names.map((name) =>
      Bun.file(path.join(tmpdir(), name, 'dnsmasq.conf'))
        .text()
        .catch(() => ''),
    ),
  )
  return names.filter((_, at) => texts[at]?.includes(dir))
}

const startsOf = async (file: string) => (await readFile(file, 'utf8')).split('\n').length - 1

test('dnsmasq is started on its configuration, its lines are logged, and it is ended', async () => {
  const script = `echo "$@" > ${dir}/args; ${ready}; echo DHCPACK >&2; exec sleep 60`
  const dnsmasq = await superviseDnsmasq(deps(script))
  expect(dnsmasq.state()).toBe('running')
  await until(() => lines.includes('dnsmasq DHCPACK'))
  const args = await readFile(path.join(dir, 'args'), 'utf8')
  const folder = path.dirname(/--conf-file=(\S+)/.exec(args)?.[1] ?? '')
  expect(await readFile(path.join(folder, 'dnsmasq.conf'), 'utf8')).toContain('interface=br0')
  expect((await stat(folder)).mode & 0o777).toBe(0o755)
  expect((await readdir(path.join(folder, 'tftp'))).toSorted()).toEqual(
    Object.values(ipxeBinaries).toSorted(),
  )
  await dnsmasq.close()
  await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('dnsmasq that does not come up is an error with its last words and what to do', async () => {
  const words = 'failed to bind DHCP server socket: Address already in use'
  await expect(superviseDnsmasq(deps(`echo "${words}" >&2; exit 2`))).rejects.toThrow(
    /status 2: failed to bind.*another DHCP or TFTP server/,
  )
  const missing = { ...deps(''), start: () => startProcess(['assay-no-such-program']) }
  await expect(superviseDnsmasq(missing)).rejects.toThrow(/apt-get install dnsmasq-base/)
  await rm(path.join(dir, ipxeBinaries.bios))
  await expect(superviseDnsmasq(deps(ready))).rejects.toThrow(/undionly\.kpxe.*missing/)
  expect(await madeFolders()).toEqual([])
})

test('dnsmasq that ends is started again, five times in a row and no more', async () => {
  const counter = path.join(dir, 'starts')
  const dnsmasq = await superviseDnsmasq(deps(`echo >> ${counter}; ${ready}; exit 1`))
  await until(async () => {
    // A start that takes long on a busy machine shall not look like one that held.
    if (dnsmasq.state() === 'restarting') clock.advance(1000)
    return dnsmasq.state() === 'failed'
  })
  expect(await startsOf(counter)).toBe(6)
  await dnsmasq.close()
})

test('dnsmasq that is waited for is not started after the end', async () => {
  const counter = path.join(dir, 'starts')
  const dnsmasq = await superviseDnsmasq(deps(`echo >> ${counter}; ${ready}; exit 1`))
  await until(() => dnsmasq.state() === 'restarting')
  await dnsmasq.close()
  expect(await startsOf(counter)).toBe(1)
})

test('dnsmasq that a killed server left is ended before another is started', async () => {
  const script = `echo $$ >> ${dir}/pids; ${ready}; while :; do sleep 0.05; done`
  // Nobody closes the first: its server was killed.
  await superviseDnsmasq(deps(script))
  const [left] = await madeFolders()
  const second = await superviseDnsmasq({ ...deps(script), clock: systemClock })
  const [first = ''] = (await readFile(path.join(dir, 'pids'), 'utf8')).split('\n')
  await expect(stat(`/proc/${first}`)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await madeFolders()).not.toContain(left)
  await second.close()
  expect(await madeFolders()).toEqual([])
})

test('a process that only has the number of a killed dnsmasq is let be', async () => {
  const other = startProcess(['sleep', '60'])
  const folder = path.join(dir, 'gone')
  await writeFile(path.join(dir, 'dnsmasq.json'), JSON.stringify({ pid: other.pid, folder }))
  const dnsmasq = await superviseDnsmasq(deps(`${ready}; exec sleep 60`))
  expect((await stat(`/proc/${other.pid}`)).isDirectory()).toBe(true)
  await dnsmasq.close()
  other.stop()
  await other.exited
})
