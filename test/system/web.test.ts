import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildWeb } from '../../server/web/build.ts'
import type { ClassedFacts } from '../../protocol/facts/inventory.ts'
import { availableId, startApiServer, until } from '../cli/api-server.ts'
import type { ApiServer } from '../cli/api-server.ts'
import { makeRawImage, mib, temporaryDirectory, usualDisk } from '../agent/imaging/fixtures.ts'
import { hostileText, rackMachine } from '../server/web/rack-machine.ts'
import { rackResults } from '../server/web/rack-results.ts'
import { launchBrowser, logIn, openPage } from './browser.ts'

let webDir = ''
let server: ApiServer
let browser: Browser

beforeAll(async () => {
  webDir = await mkdtemp(path.join(tmpdir(), 'assay-operator-web-'))
  await buildWeb(webDir)
  server = await startApiServer({ policy: { kind: 'manual' }, webDir })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  await rm(webDir, { recursive: true, force: true })
})

describe('the page', () => {
  test('asks for a token and refuses a wrong one', async () => {
    await using opened = await openPage(browser, server, '/')
    const { page, problems } = opened
    await logIn(page, 'assay_wrong')
    await page.getByRole('alert').getByText('ask an operator for one').waitFor()
    await logIn(page, server.token)
    await page.getByRole('button', { name: 'Log out' }).waitFor()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('Token').waitFor()
    expect(problems).toEqual([])
  })

  test('shows a machine as it appears, approves it, and follows it to the end of a write', async () => {
    await using opened = await openPage(browser, server, '/')
    const { page, problems } = opened
    await logIn(page, server.token)
    await page.getByRole('heading', { name: 'No machines yet' }).waitFor()

    const agent = server.agent(rackMachine(1))
    agent.habits.verify = false
    server.connect(agent)
    const row = page.getByRole('row').filter({ hasText: 'SN-0001' })
    await row.getByText('pending').waitFor()
    await row.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    // An agent connects again once it is approved.
    await until(() => agent.closed !== null, 'the agent was told')
    server.connect(agent)
    await row.getByText('available', { exact: true }).waitFor()
    agent.report(...rackResults().map((result) => ({ kind: 'result', result }) as const))
    await row.getByText('416 GB/s').waitFor()
    await row.getByText('756 GiB').waitFor()

    await allocate()
    await until(() => agent.started.length > 0, 'the write began')
    const shown = async () => {
      const value = await row.getByRole('progressbar').getAttribute('value')
      return Number(value)
    }
    for (const ratio of [0.25, 0.75]) {
      agent.report(progressReport(agent.command?.id ?? '', ratio))
      await until(async () => (await shown()) === ratio, `progress shows ${ratio}`)
    }
    await row.getByText('75 % · 500 MB/s · 2 s left').waitFor()
    agent.verified()
    await row.getByText('active', { exact: true }).waitFor()

    await page.getByRole('link', { name: 'Allocations' }).click()
    const allocation = page.getByRole('row').filter({ hasText: 'node × 1' })
    await allocation.getByText('lab@1', { exact: true }).waitFor()
    await allocation.getByRole('rowheader').getByRole('link').click()
    await page.getByRole('row').filter({ hasText: 'SN-0001' }).getByText('done').waitFor()
    await page.getByRole('button', { name: 'Release' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click()
    await page.getByRole('link', { name: 'Allocations' }).first().click()
    await page.getByText('Nobody holds a machine').waitFor()
    expect(problems).toEqual([])
  })

  test('shows all of one machine and what is hostile in it as text', async () => {
    const made = rackMachine(2, { serial: hostileText })
    const agent = server.connect(server.agent(made))
    await until(() => agent.welcome !== null, 'welcomed')
    const id = agent.welcome?.machineId ?? ''
    await server.client.machines.approve(id)
    await until(() => agent.closed !== null, 'told')
    server.connect(agent)
    agent.report(
      ...rackResults(0.9).map((result) => ({ kind: 'result', result }) as const),
      {
        kind: 'finding',
        finding: {
          code: 'pci.link-degraded',
          severity: 'warning',
          subject: '0000:c1:00.0',
          message: hostileText,
        },
      },
      { kind: 'log', level: 'info', text: `log ${hostileText}`, atMs: 0 },
    )
    await using opened = await openPage(browser, server, '/')
    const { page, problems } = opened
    await logIn(page, server.token)
    await page.getByRole('link', { name: hostileText }).click()
    await page.getByRole('heading', { name: hostileText }).waitFor()
    expect(page.url()).toBe(`${server.url}/machines/${id}`)

    const picture = page.getByRole('region', { name: 'The box' })
    await picture.getByRole('heading', { name: 'NUMA node 1' }).waitFor()
    await picture.getByText('L3 8 × 32 MiB').first().waitFor()
    await picture.getByText('P2-DIMMG1').waitFor()
    await page.getByText('12 of 16 slots populated').waitFor()
    await picture.getByText('x8 Gen4, can x16 Gen4').waitFor()
    // The finding stands at the top, and beside the device it is about.
    await page.getByRole('region', { name: 'Findings' }).getByText('pci.link-degraded').waitFor()
    const tree = page.getByRole('region', { name: 'PCI' })
    const card = tree.locator('.pci-row').filter({ hasText: 'c1:00.0' })
    await card.getByText('Ethernet controller').waitFor()
    await card.getByText('MT2892 Family [ConnectX-6 Dx]').waitFor()
    await card.getByText('x8 Gen4, can x16 Gen4').waitFor()
    await card.getByRole('img', { name: hostileText }).waitFor()
    const paths = page
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name: 'GPU 1' }) })
    expect(await paths.getByRole('cell').allTextContents()).toEqual([
      'NV4',
      '',
      'SYS',
      'NODE',
      'SYS',
      'NODE',
    ])
    const worn = page.getByRole('row').filter({ hasText: 'NVME-0002-1' })
    await worn.getByText('failing, spare-low, 112 % used, 41 °C').waitFor()
    const port = page.getByRole('row').filter({ hasText: 'ens1np0' }).filter({ hasText: 'leaf-3' })
    await port.getByText('leaf-3 Ethernet1/7').waitFor()
    await page.getByText('Inspected once').waitFor()
    const entry = page.getByRole('row').filter({ hasText: 'Boot0002' })
    await entry.getByText('booted from').waitFor()
    await page.getByRole('row').filter({ hasText: '/dev/ipmi0' }).getByText('10.20.0.7').waitFor()
    await page.getByText(/^Sensors/).click()
    await page.getByRole('row').filter({ hasText: 'Tctl' }).getByText('41.5 °C').waitFor()
    await page.getByRole('cell', { name: 'NVME-0002-1' }).waitFor()
    await page.getByRole('cell', { name: 'DIMM-0002-0' }).waitFor()
    await page
      .getByRole('row')
      .filter({ hasText: 'memory.triad/1' })
      .getByText('374 GB/s')
      .waitFor()
    await page.getByText(`log ${hostileText}`).waitFor()
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.title()).toContain(hostileText)
    expect(problems).toEqual([])
  })

  test('tells what changed since the inspection before', async () => {
    const made = rackMachine(3)
    const first = server.connect(server.agent(made))
    await until(() => first.welcome !== null, 'welcomed')
    const id = first.welcome?.machineId ?? ''
    await server.client.machines.approve(id)
    await until(() => first.closed !== null, 'told')
    server.connect(first)
    expect(await availableId(server, first)).toBe(id)
    first.disconnect()
    const facts = made.facts.map(changed)
    const second = server.connect(server.agent({ ...made, facts }))
    await until(async () => {
      const inspections = await server.client.machines.inspections(id)
      return inspections.length === 2 && inspections[0]?.step === 'ended'
    }, 'inspected again')
    expect(second.welcome?.machineId).toBe(id)

    await using opened = await openPage(browser, server, `/machines/${id}`)
    const { page, problems } = opened
    await logIn(page, server.token)
    const history = page.getByRole('region', { name: 'History' })
    await history.getByText('DIMM P1-DIMMC1 gone: 64 GiB DDR5').waitFor()
    expect(await history.getByRole('listitem').allTextContents()).toEqual([
      expect.stringMatching(/^− hardware DIMM P1-DIMMC1 gone: 64 GiB DDR5/),
      '~ firmware BIOS 1.0 -> 1.3',
      '~ state GPU 1 (0000:a1:00.0) link x8, was x16',
    ])
    // The other way round by choice: what is gone is new.
    const [newest, oldest] = await server.client.machines.inspections(id)
    await history.getByLabel('From inspection').selectOption(newest?.id ?? '')
    await history.getByLabel('To inspection').selectOption(oldest?.id ?? '')
    await history.getByText('DIMM P1-DIMMC1 new: 64 GiB DDR5').waitFor()

    // Its siblings have the DIMM: the list of machines says so, of the machine and across them.
    await page.getByRole('link', { name: 'Machines' }).first().click()
    const row = page.getByRole('row').filter({ hasText: 'SN-0003' })
    await row.getByTitle('memory.dimm-missing').waitFor()
    await page.getByText('Across machines').click()
    const missing = page.getByRole('listitem').filter({ hasText: 'fleet.parts-missing' })
    await missing.getByText('11 DIMMs in 1 of 3 machines Nordhaven Fathom 2260').waitFor()
    await missing.getByRole('link', { name: 'SN-0003' }).click()
    await page.getByRole('heading', { name: 'SN-0003' }).waitFor()
    expect(problems).toEqual([])
  })

  test('takes a machine out of service with a reason by keyboard alone', async () => {
    await using opened = await openPage(browser, server, '/')
    const { page } = opened
    await logIn(page, server.token)
    await page.getByRole('link', { name: 'SN-0001' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Maintenance' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('new fan')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'End maintenance' }).waitFor()
    const [machine] = await server.client.machines.list({ flag: ['maintenance'] })
    expect(machine?.reason).toBe('new fan')
  })

  test('says that the connection is lost and finds back by itself', async () => {
    await using opened = await openPage(browser, server, '/')
    const { page } = opened
    await logIn(page, server.token)
    await page.getByText('Live', { exact: true }).waitFor()
    const outage = await server.outage()
    await page.getByText(/^Connection lost/).waitFor()
    await outage[Symbol.asyncDispose]()
    await page.getByText('Live', { exact: true }).waitFor()
  })

  test('takes a server that says nothing for 15 seconds for gone', async () => {
    await using opened = await openPage(browser, server, '/')
    const { page } = opened
    await page.clock.install()
    await page.reload()
    await logIn(page, server.token)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.clock.fastForward(20_000)
    await page.getByTitle('the server has gone silent').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
  })
})

/** A DIMM less, other firmware, a GPU on half of its lanes. */
function changed(one: ClassedFacts): ClassedFacts {
  switch (one.class) {
    case 'memory':
      return {
        ...one,
        facts: {
          ...one.facts,
          dimms: one.facts.dimms.map((dimm) =>
            dimm.locator === 'P1-DIMMC1' ? { ...dimm, populated: false, sizeBytes: null } : dimm,
          ),
        },
      }
    case 'firmware':
      return { ...one, facts: { ...one.facts, version: '1.3' } }
    case 'gpu':
      return {
        ...one,
        facts: {
          ...one.facts,
          gpus: one.facts.gpus.map((gpu, at) =>
            at === 1 && gpu.link !== null ? { ...gpu, link: { ...gpu.link, laneWidth: 8 } } : gpu,
          ),
        },
      }
    default:
      return one
  }
}

/** One machine with an image, through the API. */
async function allocate(): Promise<void> {
  await using directory = await temporaryDirectory()
  const file = path.join(directory.path, 'disk.raw')
  await makeRawImage(file, usualDisk(18 * mib))
  await server.client.images.import('lab', '1', Bun.file(file))
  const { allocation } = await server.client.allocations.create({
    request: {
      roles: [{ name: 'node', count: 1, match: { 'cpu.cores': { gte: 64 } } }],
      lease: { duration: '1h' },
      image: 'lab@1',
    },
  })
  expect(allocation?.state).toBe('active')
}

function progressReport(commandId: string, ratio: number) {
  const bytesTotal = 4_000_000_000
  return {
    kind: 'progress',
    commandId,
    progress: {
      phase: 'write',
      chunksDone: Math.floor(ratio * 1000),
      chunksTotal: 1000,
      bytesWritten: bytesTotal * ratio,
      bytesTotal,
      rateBytesPerSecond: 500_000_000,
      remainingSeconds: (bytesTotal * (1 - ratio)) / 500_000_000,
    },
  } as const
}
