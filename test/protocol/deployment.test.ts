import { describe, expect, test } from 'vitest'
import {
  deployPlanSchema,
  diskDigest,
  diskIdentityOf,
  planDigest,
  signCommit,
  verifyCommit,
} from '../../protocol/deployment.ts'
import type { DeployPlan, ExpectedCommit } from '../../protocol/deployment.ts'
import { DecodeError } from '../../protocol/errors.ts'
import { generateSigningKey } from '../../protocol/signing.ts'

const key = generateSigningKey()
const hash = (digit: string) => digit.repeat(64)

const expected: ExpectedCommit = {
  machineId: 'm1',
  sessionId: 's1',
  epoch: 7,
  commandId: 'c1',
  diskDigest: hash('1'),
  planDigest: hash('2'),
  evidenceDigest: hash('3'),
}
const payload = { ...expected, notAfter: 2000 }
const verify = (signed: unknown, now = 1000) => verifyCommit(signed, [key.publicKey], expected, now)

describe('verifyCommit', () => {
  test('gives the payload of a commit that is meant for us, now', () => {
    expect(verify(signCommit(key, payload))).toEqual(payload)
  })

  test.each([
    ['machineId', 'm2', /^commit is for machine 'm2', this machine is 'm1'$/],
    ['sessionId', 's2', /^commit is for boot session 's2', this boot session is 's1'$/],
    ['epoch', 8, /^commit is for epoch '8', this epoch is '7'$/],
    ['commandId', 'c2', /^commit is for command 'c2'/],
    ['diskDigest', hash('4'), /^commit is for disk '4{64}', this disk is '1{64}'$/],
    ['planDigest', hash('4'), /^commit is for plan '4/],
    ['evidenceDigest', hash('4'), /^commit is for evidence '4/],
  ] as const)('refuses a commit, rightly signed, with another %s', (field, value, message) => {
    const signed = signCommit(key, { ...payload, [field]: value })
    expect(() => verify(signed)).toThrow(message)
    expect(
      verifyCommit(signed, [key.publicKey], { ...expected, [field]: value }, 1000),
    ).toBeTruthy()
  })

  test.each([
    ['machineId', 'm2'],
    ['sessionId', 's2'],
    ['epoch', 8],
    ['commandId', 'c2'],
    ['diskDigest', hash('4')],
    ['planDigest', hash('4')],
    ['evidenceDigest', hash('4')],
    ['notAfter', 3000],
  ] as const)('refuses a commit whose %s was altered after it was signed', (field, value) => {
    const signed = { ...signCommit(key, payload), payload: { ...payload, [field]: value } }
    expect(() =>
      verifyCommit(signed, [key.publicKey], { ...expected, [field]: value }, 1000),
    ).toThrow(/^commit is not signed by a trusted command key$/)
  })

  test('refuses a commit that ended, at its very end too', () => {
    const signed = signCommit(key, payload)
    expect(() => verify(signed, 2000)).toThrow(/^commit ended 0 s ago at 1970/)
    expect(() => verify(signed, 4001)).toThrow(/^commit ended 3 s ago/)
    expect(verify(signed, 1999)).toEqual(payload)
  })

  test('refuses a key that is not trusted', () => {
    expect(() => verify(signCommit(generateSigningKey(), payload))).toThrow(
      /not signed by a trusted/,
    )
  })

  test.each([
    ['a field too many', { ...signCommit(key, payload), extra: 1 }],
    ['a short signature', { payload, signature: 'ab' }],
    ['no payload', { signature: 'ab'.repeat(64) }],
    ['an epoch below zero', { ...signCommit(key, payload), payload: { ...payload, epoch: -1 } }],
    ['nothing', null],
  ] as const)('calls %s malformed', (_, signed) => {
    expect(() => verify(signed)).toThrow(DecodeError)
  })
})

const plan: DeployPlan = {
  image: {
    name: 'lab',
    version: '1',
    indexDigest: hash('5'),
    indexUrl: 'http://server/index.json',
    blobUrl: 'http://server/blob.zst',
  },
  disk: {
    transport: 'nvme',
    serial: 'S1',
    wwn: null,
    model: 'Fast',
    sizeBytes: 1 << 30,
    logicalBlockSizeBytes: 512,
  },
  seed: { files: { 'meta-data': 'instance-id: m1\n' } },
}

describe('a deploy plan', () => {
  test('has another digest when its disk, image or a seed file differs', () => {
    const others: readonly DeployPlan[] = [
      { ...plan, disk: { ...plan.disk, serial: 'S2' } },
      { ...plan, image: { ...plan.image, indexDigest: hash('6') } },
      { ...plan, seed: { files: { 'meta-data': 'instance-id: m2\n' } } },
      { ...plan, seed: null },
    ]
    expect(new Set([plan, ...others].map(planDigest)).size).toBe(5)
    expect(deployPlanSchema.parse(plan)).toEqual(plan)
  })

  test.each([
    ['a file name with a slash', { ...plan, seed: { files: { 'a/b': '' } } }],
    ['a seed that is too large', { ...plan, seed: { files: { a: 'x'.repeat(300_000) } } }],
    ['a seed too large in bytes', { ...plan, seed: { files: { a: '€'.repeat(100_000) } } }],
    [
      'a URL of another scheme',
      { ...plan, image: { ...plan.image, blobUrl: 'file:///etc/passwd' } },
    ],
    ['an image name that is a path', { ...plan, image: { ...plan.image, name: '../lab' } }],
  ] as const)('is refused with %s', (_, value) => {
    expect(deployPlanSchema.safeParse(value).success).toBe(false)
  })
})

describe('diskIdentityOf', () => {
  const disk = {
    name: 'nvme0n1',
    vendor: null,
    wwn: null,
    eui64: 'ee'.repeat(8),
    nguid: 'aa'.repeat(16),
    firmware: '1',
    physicalBlockSizeBytes: 512,
    rotational: false,
    removable: false,
    readOnly: false,
    holders: [],
    partitions: [],
    pciAddress: null,
    numaNode: null,
    attachment: null,
    health: null,
    transport: 'nvme',
    serial: 'S1',
    model: 'Fast',
    sizeBytes: 1 << 30,
    logicalBlockSizeBytes: 512,
  } as const

  test('takes the first world-wide name and leaves out what moves between boots', () => {
    expect(diskIdentityOf(disk)).toEqual({ ...plan.disk, wwn: disk.nguid })
    expect(diskIdentityOf({ ...disk, nguid: null }).wwn).toBe(disk.eui64)
    expect(diskDigest(diskIdentityOf({ ...disk, name: 'nvme1n1', firmware: '2' }))).toBe(
      diskDigest(diskIdentityOf(disk)),
    )
  })
})
