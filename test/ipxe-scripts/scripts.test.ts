import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  readTemplates,
  renderAutoexec,
  renderBootScript,
  renderDecision,
  renderRefusal,
  scriptNames,
} from '../../server/netboot/script-set.ts'
import type { ScriptTemplates } from '../../server/netboot/script-set.ts'

const dir = path.join(import.meta.dirname, '../../ipxe-scripts')
const goldenDir = path.join(import.meta.dirname, 'golden')
const site = {
  serverUrl: 'http://10.77.0.1:7081',
  agentAddress: '10.77.0.1:7443',
  kernelArguments: ['console=tty0', 'console=ttyS0,115200'],
}
let templates: ScriptTemplates

beforeAll(async () => {
  templates = await readTemplates(dir)
})

const golden = (name: string) => readFileSync(path.join(goldenDir, `${name}.ipxe`), 'utf8')

const rendered = {
  autoexec: () => renderAutoexec(templates, site),
  boot: () => renderBootScript(templates, site),
  agent: () =>
    renderDecision(templates, site, {
      kind: 'agent',
      bootId: '019a-boot',
      reason: "nobody knows 'it' yet",
    }),
  disk: () => renderDecision(templates, site, { kind: 'disk', reason: 'it is active' }),
  hold: () => renderDecision(templates, site, { kind: 'hold', reason: 'maintenance: new DIMM' }),
  refuse: () => renderRefusal(templates, 'no agent is built for arm64'),
} as const

test('every template of the folder is known, and every known one is there', () => {
  const files = readdirSync(dir).filter((name) => name.endsWith('.ipxe'))
  expect(files.toSorted()).toEqual(scriptNames.map((name) => `${name}.ipxe`).toSorted())
})

describe.each(scriptNames)('the script %s', (name) => {
  const lines = () =>
    rendered[name]()
      .split('\n')
      .filter((line) => !line.startsWith('# '))

  test('is what was agreed', () => {
    expect(rendered[name]()).toBe(golden(name))
  })

  test('starts as iPXE wants it and has no field left', () => {
    expect(lines()[0]).toBe('#!ipxe')
    expect(rendered[name]()).not.toMatch(/[{]{2}|[}]{2}/)
  })

  test('never exits with success, and says something before it exits', () => {
    const exits = lines().flatMap((line, at) => (/\bexit\b/.test(line) ? [at] : []))
    expect(exits.length).toBeGreaterThan(0)
    for (const at of exits) {
      expect(lines()[at]).toBe('exit 1')
      const before = lines().slice(Math.max(0, at - 3), at)
      expect(before.some((line) => line.startsWith('echo Assay: '))).toBe(true)
    }
  })

  test('jumps only to labels it has', () => {
    const script = lines().join('\n')
    const labels = new Set([...script.matchAll(/^:(\S+)/gm)].map(([, label]) => label))
    for (const [, target] of script.matchAll(/\bgoto (\S+)/g)) expect(labels).toContain(target)
  })

  test('lets no command fail in silence', () => {
    for (const line of lines()) {
      if (/^(chain|kernel|initrd|boot|sanboot)\b/.test(line))
        expect(line).toMatch(/\|\|( goto \S+)?$/)
    }
  })
})

test('the agent gets three layers, by the names its command line has', () => {
  const script = rendered.agent()
  const [kernel = ''] = script.split('\n').filter((line) => line.startsWith('kernel'))
  const layers = [...script.matchAll(/^initrd --name (\S+) /gm)].map(([, layer]) => layer)
  expect(layers).toEqual(['base', 'drivers', 'site'])
  for (const layer of layers) expect(kernel).toContain(` initrd=${layer} `)
  expect(kernel).toContain(' assay.boot=019a-boot ')
  expect(kernel).toContain(' assay.server=10.77.0.1:7443 ')
})

test('a decision that cannot be put into a script is an error, not a script', () => {
  const bootId = 'x || exit 0'
  expect(() => renderDecision(templates, site, { kind: 'agent', bootId, reason: '' })).toThrow(
    /'bootId' cannot hold/,
  )
})
