import { describe, expect, test } from 'vitest'
import { buildSiteLayer } from '../../initramfs/site-layer.ts'
import { type Site, siteSchema } from '../../protocol/site.ts'

const site: Site = {
  servers: ['10.77.1.1:7443', '[fd00::1]:7443', 'assay.example:443'],
  serverName: 'assay',
  caPem: '-----BEGIN CERTIFICATE-----\n',
  commandKeys: ['0123456789abcdef'.repeat(4)],
  imageKeys: [],
}

describe('buildSiteLayer', () => {
  test('carries the site as JSON and is a multiple of four bytes', () => {
    for (const length of [1, 2, 3, 4]) {
      const longer = { ...site, caPem: 'x'.repeat(length) }
      const layer = buildSiteLayer(longer)
      const text = new TextDecoder().decode(layer)
      const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
      expect(siteSchema.parse(JSON.parse(json))).toEqual(longer)
      expect(text).toContain('etc/assay/site.json')
      expect(layer.length % 4).toBe(0)
    }
  })

  test.each([
    { ...site, servers: [] },
    { ...site, servers: ['10.0.0.1'] },
    { ...site, servers: ['fd00::1:7443'] },
    { ...site, commandKeys: [] },
    { ...site, commandKeys: ['AB'] },
  ])('refuses a site that no agent could use', (wrong) => {
    expect(() => buildSiteLayer(wrong)).toThrow()
  })
})
