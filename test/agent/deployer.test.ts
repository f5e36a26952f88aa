import { expect, test } from 'vitest'
import { Deployer } from '../../agent/deployer.ts'
import { diskDigest, evidenceDigest, planDigest, signCommit } from '../../protocol/deployment.ts'
import type { CommitPayload, DeployPlan, PrepareEvidence } from '../../protocol/deployment.ts'
import type { ReportBody, Welcome } from '../../protocol/messages.ts'
import { generateSigningKey } from '../../protocol/signing.ts'
import { systemClock } from '../../protocol/system-effects.ts'

const key = generateSigningKey()
const plan: DeployPlan = {
  image: {
    name: 'lab',
    version: '1',
    indexDigest: 'a'.repeat(64),
    indexUrl: 'http://server/index',
    blobUrl: 'http://server/blob',
  },
  disk: {
    transport: 'nvme',
    serial: 'S1',
    wwn: null,
    model: 'M',
    sizeBytes: 1 << 30,
    logicalBlockSizeBytes: 512,
  },
  seed: null,
}
const evidence: PrepareEvidence = {
  diskDigest: diskDigest(plan.disk),
  planDigest: planDigest(plan),
  diskPath: '/dev/nvme0n1',
  signatures: [],
  headSha256: 'b'.repeat(64),
  tailSha256: 'c'.repeat(64),
  guards: [],
}
const welcome: Welcome = {
  kind: 'welcome',
  session: 's1',
  machineId: 'm1',
  approved: true,
  epoch: 0,
  ackedSeq: 0,
  timeMs: 0,
}
const payload: CommitPayload = {
  machineId: 'm1',
  sessionId: 's1',
  epoch: 5,
  commandId: 'c1',
  diskDigest: evidence.diskDigest,
  planDigest: evidence.planDigest,
  evidenceDigest: evidenceDigest(evidence),
  notAfter: 60_000,
}

function rig(options: { readonly welcome?: Welcome; readonly nowMs?: number } = {}) {
  const reports: ReportBody[] = []
  const writes: string[] = []
  const headReady = Promise.withResolvers<void>()
  const deployer = new Deployer({
    clock: systemClock,
    commandKeys: [key.publicKey],
    imager: {
      prepare: async () => evidence,
      async write(wanted, _evidence, { confirmHead, signal }) {
        writes.push(wanted.disk.serial ?? '')
        headReady.resolve()
        await confirmHead()
        signal.throwIfAborted()
        writes.push('head')
        return { bytesWritten: 1, elapsedSeconds: 1 }
      },
    },
    welcome: () => options.welcome ?? welcome,
    serverNow: () => options.nowMs ?? 1000,
    report: (body) => reports.push(body),
    log: () => undefined,
  })
  const kinds = () => reports.map((report) => report.kind)
  return { deployer, reports, writes, kinds, headReady: headReady.promise }
}

test('deployer writes once and finishes when the server says continue', async () => {
  const { deployer, kinds, writes, headReady } = rig()
  await deployer.prepare('c1', 5, plan)
  const writing = deployer.commit(signCommit(key, payload))
  await headReady
  expect(writes).toEqual(['S1'])
  deployer.continue('another')
  deployer.continue('c1')
  await writing
  expect(kinds()).toEqual(['prepared', 'started', 'verified', 'done'])
  expect(writes).toEqual(['S1', 'head'])
  expect(deployer.current()).toEqual({ commandId: 'c1', phase: 'done' })
})

test('deployer starts a command once when its commit is replayed', async () => {
  const { deployer, writes, reports, headReady } = rig()
  await deployer.prepare('c1', 5, plan)
  const writing = deployer.commit(signCommit(key, payload))
  await headReady
  await deployer.commit(signCommit(key, payload))
  deployer.continue('c1')
  await writing
  await deployer.commit(signCommit(key, payload))
  expect(writes).toEqual(['S1', 'head'])
  expect(reports.filter((report) => report.kind === 'finding')).toHaveLength(2)
})

test.each<[string, Partial<CommitPayload>]>([
  ['machine', { machineId: 'm2' }],
  ['boot session', { sessionId: 's0' }],
  ['epoch', { epoch: 4 }],
  ['disk', { diskDigest: 'd'.repeat(64) }],
  ['plan', { planDigest: 'd'.repeat(64) }],
  ['evidence', { evidenceDigest: 'd'.repeat(64) }],
  ['time', { notAfter: 999 }],
])('deployer writes nothing when a signed commit is for another %s', async (_what, change) => {
  const { deployer, writes, kinds } = rig()
  await deployer.prepare('c1', 5, plan)
  await deployer.commit(signCommit(key, { ...payload, ...change }))
  expect(writes).toEqual([])
  expect(kinds()).toEqual(['prepared', 'finding', 'failed'])
})

test('deployer writes nothing when a commit was altered after it was signed', async () => {
  const { deployer, writes, reports } = rig()
  await deployer.prepare('c1', 5, plan)
  const signed = signCommit(key, { ...payload, notAfter: 999 })
  await deployer.commit({ ...signed, payload })
  expect(writes).toEqual([])
  expect(JSON.stringify(reports)).toContain('not signed by a trusted command key')
})

test('deployer writes nothing when a stranger signed, nothing was prepared or nobody approved', async () => {
  const stranger = rig()
  await stranger.deployer.prepare('c1', 5, plan)
  await stranger.deployer.commit(signCommit(generateSigningKey(), payload))
  const unprepared = rig()
  await unprepared.deployer.commit(signCommit(key, payload))
  const pending = rig({ welcome: { ...welcome, approved: false } })
  await pending.deployer.prepare('c1', 5, plan)
  await pending.deployer.commit(signCommit(key, payload))
  expect([...stranger.writes, ...unprepared.writes, ...pending.writes]).toEqual([])
})

test('deployer keeps the head off the disk when the server aborts', async () => {
  const { deployer, writes, kinds, headReady } = rig()
  await deployer.prepare('c1', 5, plan)
  const writing = deployer.commit(signCommit(key, payload))
  await headReady
  deployer.abort('c1', 'released')
  await writing
  expect(writes).toEqual(['S1'])
  expect(kinds()).toEqual(['prepared', 'started', 'verified', 'failed'])
})

test('deployer refuses another command while one is carried out, and an epoch it has seen', async () => {
  const { deployer, reports, headReady } = rig()
  await deployer.prepare('c1', 5, plan)
  const writing = deployer.commit(signCommit(key, payload))
  await headReady
  await deployer.prepare('c2', 6, plan)
  deployer.continue('c1')
  await writing
  await deployer.prepare('c3', 5, plan)
  const failed = reports.filter((report) => report.kind === 'failed')
  expect(failed.map((report) => [report.commandId, report.touched])).toEqual([
    ['c2', false],
    ['c3', false],
  ])
})
