import { expect, test } from 'vitest'
import { decodeAtaSmart } from '../../../../../agent/discovery/decode/ata/smart.ts'
import { attributeName } from '../../../../../agent/discovery/decode/ata/smart-names.ts'

/** SMART READ DATA with these attributes (number, raw in hex, normalized value) and bytes. */
function smartData(
  attributes: readonly (readonly [number, string, number?])[],
  bytes: Readonly<Record<number, number>> = {},
) {
  const data = new Uint8Array(512)
  for (const [index, [id, raw, value = 100]] of attributes.entries()) {
    data.set([id, 3, 0, value, value], 2 + index * 12)
    data.set(Uint8Array.fromHex(raw.padEnd(12, '0')), 7 + index * 12)
  }
  for (const [at, value] of Object.entries(bytes)) data[Number(at)] = value
  return decodeAtaSmart(data, null, null, null)
}

test.each([
  ['spin-up time of 60 s', 3, '60ea', { amount: 60_000, unit: 'milliseconds' }],
  ['spin-up time of 0', 3, '0000', null],
  ['load-in time of an hour', 226, '80ee36', { amount: 3_600_000, unit: 'milliseconds' }],
  ['load-in time above', 226, '81ee36', null],
  ['30 years', 9, '90020400', { amount: 262_800 * 3_600_000, unit: 'milliseconds' }],
  ['more than 30 years', 9, '91020400', null],
  ['flying hours under milliseconds', 240, '64000000ff7f', { amount: 36e7, unit: 'milliseconds' }],
  ['temperature with its extremes', 194, '280014003c00', { amount: 40, unit: 'celsius' }],
  ['temperature of 101', 190, '6500', null],
  ['reallocated sectors under others', 5, '070000000100', { amount: 7, unit: 'sectors' }],
  ['reported sectors of 48 bits', 187, '070000000100', { amount: 2 ** 32 + 7, unit: 'sectors' }],
  ['sectors of all ones', 197, 'ffffffff', null],
  ['written sectors of who knows which unit', 241, '0700', null],
] as const)('SMART reading is right for %s', (_, id, raw, reading) => {
  expect(smartData([[id, raw]]).attributes[0]?.reading).toEqual(reading)
})

test.each([
  [0x80, 'never started'],
  [0x03, 'in progress'],
  [0x83, 'reserved'],
  [0x86, 'aborted by the device'],
  [0x41, 'vendor-specific'],
  [0xc2, 'vendor-specific'],
])('off-line collection of status %i is told', (code, status) => {
  expect(smartData([], { 362: code }).offlineCollection).toBe(status)
})

test('self-tests can be aborted where the command of which that is a part is there', () => {
  const capability = (bits: number) => smartData([], { 367: bits }).abortAvailable
  expect([1, 0x28, 0x40, 0x5b].map(capability)).toEqual([true, false, false, true])
})

test.each([
  ['Maxtor 6Y080L0', '', 9, 'power-on-minutes'],
  ['Maxtor 7V300F0', '', 9, 'power-on-hours'],
  ['Maxtor 2B004H1', '', 194, 'attribute-194'],
  ['FUJITSU MHT2040AH', '', 9, 'power-on-seconds'],
  ['FUJITSU MHS2040AT', '', 201, 'detected-ta-count'],
  ['FUJITSU MHY2250BH', '0085000B', 9, 'power-on-minutes'],
  ['FUJITSU MHY2250BH', '0084000D', 9, 'power-on-hours'],
  ['SAMSUNG SV1204H', '', 194, 'temperature-centi-celsius'],
  ['SAMSUNG SP80A4H', 'RT100-06', 9, 'power-on-half-minutes'],
  ['HTS541010G9SA00', 'MBZOC60P', 5, 'attribute-5'],
  ['HITACHI_DK23AA-20', '', 9, 'power-on-minutes'],
  ['INTEL SSDSA2CW120G3', '', 241, 'total-lbas-written'],
])('%s %s names attribute %i as its maker means it', (model, firmware, id, name) => {
  expect(attributeName(id, { model, firmware }).name).toBe(name)
})
