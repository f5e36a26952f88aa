import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { securityProbe } from '../../../../agent/discovery/probes/security.ts'
import { securityFacts } from '../../../../protocol/facts/security.ts'
import { madeTree } from '../made-tree.ts'

const efivars = '/sys/firmware/efi/efivars'
const global = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
const database = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f'

const variable = (name: string, contents: Uint8Array, guid = global) =>
  [`${efivars}/${name}-${guid}`, new Uint8Array([7, 0, 0, 0, ...contents])] as const

const x509 = 'a159c0a5e494a74a87b5ab155c2bf072'
const sha256Type = '2616c4c14c509240aca941f936934328'

/** EFI_SIGNATURE_LIST of entries that all have the length of the first. */
function signatureList(type: string, entries: readonly Uint8Array[]): Uint8Array {
  const size = 16 + (entries[0]?.length ?? 0)
  const head = new Uint8Array(28)
  head.set(Uint8Array.fromHex(type))
  const view = new DataView(head.buffer)
  view.setUint32(16, 28 + size * entries.length, true)
  view.setUint32(24, size, true)
  return new Uint8Array([...head, ...entries.flatMap((one) => [...new Uint8Array(16), ...one])])
}

const text = (words: string) => new TextEncoder().encode(words)
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('Secure Boot is told with its keys, and one digest of all that decides the boot', async () => {
  const key = signatureList(x509, [text('certificate')])
  const hashes = signatureList(sha256Type, [new Uint8Array(32), new Uint8Array(32).fill(1)])
  const forbidden = new Uint8Array([...key, ...hashes])
  const values: Readonly<Record<string, Uint8Array>> = {
    Boot0001: text('entry'),
    BootOrder: new Uint8Array([1, 0]),
    PK: key,
    SecureBoot: new Uint8Array([1]),
    SetupMode: new Uint8Array([0]),
    dbx: forbidden,
  }
  await using tree = await madeTree({
    ...Object.fromEntries(
      Object.entries(values).map(([name, bytes]) =>
        variable(name, bytes, name === 'dbx' ? database : global),
      ),
    ),
    // Changes at every boot and decides nothing.
    ...Object.fromEntries([variable('BootCurrent', new Uint8Array([1, 0]))]),
  })
  const { facts, findings } = await securityProbe.read(tree.host)
  expect(findings).toEqual([])
  const lines = Object.entries(values).map(([name, bytes]) => `${name} ${sha256(bytes)}\n`)
  expect(securityFacts.parse(facts)).toMatchObject({
    secureBoot: true,
    setupMode: false,
    auditMode: null,
    deployedMode: null,
    keys: {
      platformKey: { digest: sha256(key), entryCount: 1, certificateCount: 1 },
      keyExchangeKeys: null,
      allowed: null,
      forbidden: { digest: sha256(forbidden), entryCount: 3, certificateCount: 1 },
    },
    bootVariablesDigest: sha256(text(lines.join(''))),
  })
})

test('sample platform key of a firmware maker leaves a finding, malformed lists no count', async () => {
  const key = signatureList(x509, [text('CN=DO NOT TRUST - Test PK')])
  await using tree = await madeTree(
    Object.fromEntries([variable('PK', key), variable('KEK', key.subarray(0, 40))]),
  )
  const { facts, findings } = await securityProbe.read(tree.host)
  expect(findings.map(({ code }) => code)).toEqual(['security.test-platform-key'])
  expect(facts.keys.keyExchangeKeys).toMatchObject({ entryCount: null, certificateCount: null })
})

test('kernel, IOMMU, guests and management engine are told', async () => {
  await using tree = await madeTree({
    '/proc/cpuinfo': 'processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu sev sev_es\n\n',
    '/proc/sys/kernel/tainted': '4097\n',
    '/sys/class/iommu/ivhd0/uevent': '',
    '/sys/class/mei/mei0/fw_ver': '0:16.1.25.1932\n0:16.1.25.1932\n0:16.0.15.1735\n',
    '/sys/class/mei/mei0/kind': 'mei\n',
    '/sys/class/mei/mei0/dev_state': 'ENABLED\n',
    '/sys/kernel/iommu_groups/0/type': 'DMA\n',
    '/sys/kernel/security/ima/violations': '0\n',
    '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
    '/sys/kernel/security/lsm': 'lockdown,capability',
    '/sys/module/kvm_amd/parameters/sev': 'Y\n',
    '/sys/module/kvm_amd/parameters/sev_es': 'N\n',
  })
  const { facts } = await securityProbe.read(tree.host)
  expect(securityFacts.parse(facts)).toMatchObject({
    secureBoot: null,
    bootVariablesDigest: null,
    lockdown: 'integrity',
    securityModules: ['lockdown', 'capability'],
    iommu: true,
    iommuGroupCount: 1,
    iommuUnits: ['ivhd0'],
    confidentialComputing: [
      { technology: 'sev', supported: true, enabled: true },
      { technology: 'sev-es', supported: true, enabled: false },
      { technology: 'sev-snp', supported: false, enabled: null },
    ],
    kernelTaint: { value: 4097, reasons: ['proprietary module', 'module built out of tree'] },
    ima: true,
    managementEngines: [
      {
        name: 'mei0',
        kind: 'mei',
        firmwareVersions: ['0:16.1.25.1932', '0:16.1.25.1932', '0:16.0.15.1735'],
        state: 'ENABLED',
      },
    ],
  })
})
