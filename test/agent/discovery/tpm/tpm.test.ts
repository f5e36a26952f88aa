import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { tpmProbe } from '../../../../agent/discovery/probes/tpm.ts'
import { tpmFacts } from '../../../../protocol/facts/tpm.ts'
import { madeTree } from '../made-tree.ts'

const digest = '11'.repeat(20)
const log = '/sys/kernel/security/tpm0/binary_bios_measurements'

/** A TPM 1.2 log of one separator in register 4. */
const separator = Uint8Array.fromHex(`0400000004000000${digest}0400000000000000`)

/** What a register holds that started at zeros and was extended once. */
const extended = createHash('sha1')
  .update(new Uint8Array(20))
  .update(Uint8Array.fromHex(digest))
  .digest('hex')

function registersOf(fourth: string): string {
  return Array.from({ length: 24 }, (_, number) => {
    const value = number === 4 ? fourth : '00'.repeat(20)
    const bytes = value.toUpperCase().replaceAll(/(..)/g, '$1 ')
    return `PCR-${String(number).padStart(2, '0')}: ${bytes}\n`
  }).join('')
}

const caps = 'Manufacturer: 0x53544d20\nTCG version: 1.2\nFirmware version: 13.12\n'

test('TPM 1.2 is told by the kernel alone, and its log gives its registers', async () => {
  await using tree = await madeTree({
    '/sys/class/tpm/tpm0/caps': caps,
    '/sys/class/tpm/tpm0/pcrs': registersOf(extended),
    '/sys/class/tpm/tpm0/enabled': '1\n',
    '/sys/class/tpm/tpm0/active': '0\n',
    [log]: separator,
  })
  const { facts, findings } = await tpmProbe.read(tree.host)
  expect(findings).toEqual([])
  expect(tpmFacts.parse(facts).tpms).toMatchObject([
    {
      name: 'tpm0',
      version: '1.2',
      manufacturerId: '53544d20',
      manufacturer: 'STMicroelectronics',
      firmwareVersion: '13.12',
      specification: null,
      endorsementCertificates: null,
      enabled: true,
      active: false,
      eventLog: {
        format: '1.2',
        eventCount: 1,
        eventCounts: { EV_SEPARATOR: 1 },
        replayed: { sha1: { 4: extended } },
        agrees: { sha1: true },
      },
    },
  ])
})

test('event log that does not give the registers leaves a finding', async () => {
  await using tree = await madeTree({
    '/sys/class/tpm/tpm0/tpm_version_major': '2\n',
    '/sys/class/tpm/tpm0/pcr-sha1/4': `${'AB'.repeat(20)}\n`,
    [log]: separator,
  })
  const { facts, findings } = await tpmProbe.read(tree.host)
  expect(facts.tpms[0]?.eventLog?.agrees).toEqual({ sha1: false })
  expect(findings).toMatchObject([
    { code: 'tpm.log-mismatch', severity: 'warning', subject: 'tpm0' },
  ])
})

test('torn event log costs the log, not the TPM', async () => {
  await using tree = await madeTree({
    '/sys/class/tpm/tpm0/tpm_version_major': '2\n',
    [log]: separator.subarray(0, 20),
  })
  const { facts, findings } = await tpmProbe.read(tree.host)
  expect(facts.tpms).toMatchObject([{ version: '2.0', eventLog: null }])
  expect(findings.map(({ code }) => code)).toEqual(['tpm.malformed'])
})
