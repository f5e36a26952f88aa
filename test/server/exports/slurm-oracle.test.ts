import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { slurmFiles } from '../../../server/exports/slurm/slurm.ts'
import { madeAllocation, madeNode } from './made-nodes.ts'

/** Slurm's own controller, Debian's package slurmctld with slurm-client. */
const slurmctld = Bun.which('slurmctld') ?? null
const scontrol = Bun.which('scontrol') ?? null
const absent = slurmctld === null || scontrol === null || process.getuid?.() !== 0

test.skipIf(absent)('Slurm takes the files, and shows the nodes and switches in them', async () => {
  const nodes = [
    madeNode(1, { leaves: ['L1'], labels: { rack: 'r1' } }),
    madeNode(2, { leaves: ['L1'], labels: { rack: 'r1' } }),
    madeNode(3, { leaves: ['L2'], labels: { rack: 'r1' } }),
    madeNode(4, { labels: { rack: 'r2' } }),
  ]
  const ask = await startSlurm(slurmFiles(madeAllocation(nodes), 'tree'))
  const shown = fieldsOf(await ask('show', 'node', 'n-01'))
  expect(shown).toMatchObject({
    NodeName: 'n-01',
    CPUTot: '128',
    Sockets: '2',
    Boards: '1',
    CoresPerSocket: '32',
    ThreadsPerCore: '2',
    RealMemory: nodeField(nodes, 'RealMemory'),
    Gres: nodeField(nodes, 'Gres'),
    AvailableFeatures: nodeField(nodes, 'Feature'),
  })
  const switches = (await ask('show', 'topology')).trim().split('\n').map(fieldsOf)
  const named = new Map(switches.map((one) => [one['SwitchName'], one]))
  expect(named.get('leaf-L1')).toMatchObject({ Level: '0', Nodes: 'n-[01-02]' })
  expect(named.get('rack-r1')).toMatchObject({ Level: '1', Nodes: 'n-[01-03]' })
  expect(named.get('alone-n-04')).toMatchObject({ Level: '0', Nodes: 'n-04' })
  expect(named.get('fabric')).toMatchObject({ Nodes: 'n-[01-04]' })
})

test.skipIf(absent)('Slurm knows every node again, however it is called', async () => {
  const names = ['12', '007', '1a', 'a-1', 'a-01', 'n1', 'n01', 'n001', 'n1234567890123', 'x--1']
  const others = ['9-9', 'node', 'none', 'unknown', '10-0-0-1', 'a'.repeat(63)]
  const labels = { rack: 'a,b=c d#[1-2]"x"', 'k-': '\\', ['q'.repeat(60)]: 'v'.repeat(128) }
  const hosts = [...names, ...others].toSorted()
  const nodes = hosts.map((host, index) => madeNode(index + 1, { host, labels }))
  const ask = await startSlurm(slurmFiles(madeAllocation(nodes), 'tree'))
  const shown = (await ask('-o', 'show', 'nodes')).trim().split('\n').map(fieldsOf)
  const known = new Set(shown.map((fields) => fields['NodeName']))
  expect(shown).toHaveLength(hosts.length)
  expect(hosts.filter((host) => !known.has(host))).toEqual([])
  const features = new Set(shown.map((fields) => fields['AvailableFeatures']))
  expect([...features]).toEqual([nodeField(nodes, 'Feature')])
})

/** What the export itself says, for the first node. */
function nodeField(nodes: Parameters<typeof madeAllocation>[0], name: string): string {
  const text = slurmFiles(madeAllocation(nodes), 'tree').find((file) => file.name === 'nodes.conf')
  return new RegExp(` ${name}=(\\S+)`).exec(text?.text ?? '')?.[1] ?? ''
}

function fieldsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=(\S*)/g)].map(([, key, value]) => [key, value]),
  )
}

/** A controller over the files, without daemons on the nodes; ends with the test. */
async function startSlurm(files: ReturnType<typeof slurmFiles>) {
  const dir = await mkdtemp(path.join(tmpdir(), 'assay-slurm-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await mkdir(path.join(dir, 'state'))
  for (const { name, text } of files) {
    // Slurm looks hosts up; these have no address.
    const local =
      name === 'nodes.conf' ? text.replaceAll(/^(NodeName=.*)$/gm, '$1 NodeAddr=127.0.0.1') : text
    await writeFile(path.join(dir, name), local)
  }
  const conf = path.join(dir, 'slurm.conf')
  await writeFile(
    conf,
    [
      'ClusterName=made',
      'SlurmctldHost=localhost',
      'SlurmUser=root',
      'AuthType=auth/none',
      'CredType=cred/none',
      `SlurmctldPort=${await freePort()}`,
      `StateSaveLocation=${path.join(dir, 'state')}`,
      `SlurmctldPidFile=${path.join(dir, 'pid')}`,
      'TopologyPlugin=topology/tree',
      'SelectType=select/cons_tres',
      'GresTypes=gpu',
      'ProctrackType=proctrack/linuxproc',
      'MpiDefault=none',
      'MailProg=/bin/true',
      'Include nodes.conf',
      'PartitionName=all Nodes=ALL Default=YES',
      '',
    ].join('\n'),
  )
  const daemon = Bun.spawn([slurmctld ?? '', '-D', '-f', conf], { stdout: 'pipe', stderr: 'pipe' })
  onTestFinished(async () => {
    daemon.kill()
    await daemon.exited
  })
  const ask = async (...words: readonly string[]) => {
    const asked = Bun.spawn([scontrol ?? '', ...words], {
      env: { SLURM_CONF: conf },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const text = await new Response(asked.stdout).text()
    if ((await asked.exited) === 0) return text
    throw new Error(await new Response(asked.stderr).text())
  }
  // `ping` fails until it listens, and for ever where it refused the files.
  while (!/ is UP/.test(await ask('ping').catch(() => ''))) {
    if (daemon.exitCode !== null) throw new Error(await new Response(daemon.stdout).text())
  }
  return ask
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
