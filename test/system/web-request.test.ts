import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../protocol/client.ts'
import { buildWeb } from '../../server/web/build.ts'
import { availableId, startApiServer, until } from '../cli/api-server.ts'
import type { ApiServer } from '../cli/api-server.ts'
import { makeMachine } from '../server/machine-facts.ts'
import { rackMachine } from '../server/web/rack-machine.ts'
import { launchBrowser, logIn, openPage } from './browser.ts'

let webDir = ''
let server: ApiServer
let browser: Browser

/** Four machines with two GPUs in racks a, a, b and none, one without GPUs in rack b. */
beforeAll(async () => {
  webDir = await mkdtemp(path.join(tmpdir(), 'assay-request-web-'))
  await buildWeb(webDir)
  server = await startApiServer({ webDir })
  const racks = ['a', 'a', 'b', null, 'b']
  for (const [at, rack] of racks.entries()) {
    const made = at < 4 ? rackMachine(at + 1) : makeMachine(at + 1)
    const id = await availableId(server, server.connect(server.agent(made)))
    if (rack !== null) await server.client.machines.setLabels(id, { rack })
  }
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  await rm(webDir, { recursive: true, force: true })
})

const tooMuch = `# For the training run.
roles:
  - name: trainer
    count: 2
    match:
      gpu.count: { gte: 2 } # any model
      memory.size: { gte: 2TiB }
constraints:
  - { kind: same, level: rack }
lease: { duration: 24h }
`

const field = (page: Page) => page.getByLabel('Request in YAML or JSON')
const answerOf = (page: Page) => page.getByRole('region', { name: 'Answer' })

async function explain(page: Page, text: string): Promise<void> {
  await field(page).fill(text)
  await page.getByRole('button', { name: 'Explain' }).click()
}

const within = { timeout: 15_000 }

describe('the request page', () => {
  test('explains why nothing matches and applies remedies until something does', async () => {
    await using opened = await openPage(browser, server, '/')
    const { page, problems } = opened
    await logIn(page, server.token)
    await page.getByRole('link', { name: 'Request' }).click()
    await explain(page, tooMuch)
    const answer = answerOf(page)
    await answer.getByRole('status').getByText('Impossible').waitFor()
    const funnel = answer.getByRole('region', { name: 'Role trainer' })
    const rows = await funnel.getByRole('row').allTextContents()
    expect(rows.slice(1, 4)).toEqual([
      'all machines5',
      expect.stringMatching(/^gpu\.count >= 2401/),
      expect.stringMatching(/^memory\.size >= 2TiB▼ from here on there are too few/),
    ])
    await answer.getByRole('region', { name: 'Roles that starve' }).waitFor()
    await answer.getByText('0 of 2').waitFor()

    const remedy = answer.getByRole('button', { name: /^Apply: .*memory\.size >= 756GiB/ })
    await remedy.first().click()
    await answer.getByRole('status').getByText('Match').waitFor()
    // What the remedy does not touch is as it was written.
    expect(await field(page).inputValue()).toBe(tooMuch.replace('2TiB', '756GiB'))
    const chosen = answer.getByRole('region', { name: 'Machines chosen' }).getByRole('row')
    expect((await chosen.allTextContents()).slice(1)).toEqual([
      expect.stringMatching(/^trainerSN-0001a/),
      expect.stringMatching(/^trainerSN-0002a/),
    ])
    expect(await server.client.allocations.list()).toEqual([])

    await page.getByRole('button', { name: 'Undo' }).click()
    await answer.getByRole('status').getByText('Impossible').waitFor()
    expect(await field(page).inputValue()).toBe(tooMuch)
    expect(problems).toEqual([])
  })

  test('changes requests that name profiles, by the profiles of the server', async () => {
    await server.client.profiles.put('base', { name: 'base', match: { 'gpu.count': { gte: 2 } } })
    await server.client.profiles.put('trainer', {
      name: 'trainer',
      extends: ['base@1'],
      match: { 'memory.size': { gte: '2TiB' } },
    })
    await using opened = await openPage(browser, server, '/request')
    const { page, problems } = opened
    await logIn(page, server.token)
    const text = `roles:
  - name: trainer # two of them
    count: 2
    profile: trainer
    match:
      cpu.cores: { gte: 4 } # enough
lease: { duration: 24h }
`
    await explain(page, text)
    const answer = answerOf(page)
    await answer.getByRole('status').getByText('Impossible').waitFor()
    // What is the request's own changes where it stands; what is the profile's is written out.
    const remedy = answer.getByRole('button', { name: /^Apply: .*memory\.size >= 756GiB/ })
    await remedy.first().click()
    // The profiles come from the server before the text is changed.
    await expect.poll(() => field(page).inputValue(), within).toContain('{ gte: 756GiB }')
    await answer.getByRole('status').getByText('Match').waitFor()
    const changed = await field(page).inputValue()
    expect(changed).toContain('  - name: trainer # two of them\n')
    expect(changed).toContain('memory.size: { gte: 756GiB }')
    expect(changed).not.toContain('profile')
    const own = text.replace('profile: trainer', 'profile: base').replace('gte: 4 }', 'gte: 999 }')
    await explain(page, own)
    await answer.getByRole('status').getByText('Impossible').waitFor()
    await answer
      .getByRole('button', { name: /^Apply: .*cpu\.cores/ })
      .first()
      .click()
    await expect
      .poll(() => field(page).inputValue(), within)
      .toMatch(/    profile: base\n    match:\n      cpu\.cores: \{ gte: (?!999)\d+ \} # enough\n/)
    await answer.getByRole('status').getByText('Match').waitFor()
    expect(problems).toEqual([])
  })

  test('shows every problem at its line and loses nothing', async () => {
    await using opened = await openPage(browser, server, '/request')
    const { page, problems } = opened
    await logIn(page, server.token)
    const wrong = tooMuch.replace('gpu.count', 'gpu.cout').replace('24h', 'soon')
    await explain(page, wrong)
    const found = page.getByRole('alert').getByRole('listitem')
    await found.first().waitFor()
    expect(await found.allTextContents()).toEqual([
      expect.stringMatching(/^Line 6 .*there is no attribute 'gpu.cout'; did you mean 'gpu.count'/),
      expect.stringMatching(/^Line 10 .*'soon' is no duration/),
    ])
    expect(await field(page).getAttribute('aria-invalid')).toBe('true')
    await page.getByRole('button', { name: 'Line 10' }).click()
    const selected = await field(page).evaluate((area) => {
      if (!(area instanceof HTMLTextAreaElement)) return ''
      return area.value.slice(area.selectionStart, area.selectionEnd)
    })
    expect(selected).toBe('lease: { duration: soon }')
    // The same text is there after the page was loaded anew.
    await page.reload()
    await until(async () => (await field(page).inputValue()) === wrong, 'the text is back')
    await explain(page, 'roles: [\n')
    await page.getByText('This cannot be read').waitFor()
    expect(problems).toEqual([])
  })

  test('completes the names of attributes', async () => {
    await using opened = await openPage(browser, server, '/request')
    const { page } = opened
    await logIn(page, server.token)
    await field(page).fill('roles:\n  - name: a\n    count: 1\n    match:\n      ')
    await field(page).press('Control+End')
    await field(page).pressSequentially('gpu.cou')
    await page.getByRole('button', { name: 'gpu.count' }).waitFor()
    await field(page).press('Control+Space')
    await field(page).pressSequentially(': { gte: 1 }\nlease: { duration: 1h }')
    expect(await field(page).inputValue()).toContain('      gpu.count: { gte: 1 }\n')
    await field(page).press('Control+Enter')
    await answerOf(page).getByRole('status').getByText('Match').waitFor()
  })

  test('requests, shows the allocation and the queue behind it live, exports, renews and releases', async () => {
    await using opened = await openPage(browser, server, '/request')
    const { page, problems } = opened
    await logIn(page, server.token)
    await field(page).fill(tooMuch.replace('2TiB', '512GiB').replace('24h', '2h'))
    await page.getByRole('button', { name: 'Request', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('2 machines (trainer × 2) for 2h. For olga of olga.').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await server.client.allocations.list()).toEqual([])
    await page.getByRole('button', { name: 'Request', exact: true }).click()
    await dialog.getByRole('button', { name: 'Request' }).click()

    await page.getByText('active', { exact: true }).waitFor()
    const machines = page.getByRole('region', { name: 'Machines', exact: true })
    await machines.getByRole('link', { name: 'SN-0001' }).waitFor()
    await machines.getByRole('link', { name: 'SN-0002' }).waitFor()
    await page.getByText('lease ends in 119 min').waitFor()
    await page.getByRole('button', { name: 'Renew' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill('3d')
    await page.getByRole('dialog').getByRole('button', { name: 'Renew' }).click()
    await page.getByText('lease ends in 2 d').waitFor()

    await page.getByRole('button', { name: 'Slurm, tree' }).click()
    const exports = page.getByRole('region', { name: 'Exports' })
    const downloads = exports.getByRole('link', { name: 'Download' })
    await downloads.first().waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), downloads.first().click()])
    expect(download.suggestedFilename()).toBe('nodes.conf')
    expect(await readFile(await download.path(), 'utf8')).toContain('NodeName=')

    // Another tenant waits for the same machines.
    const { secret } = await server.client.tokens.create({ name: 'otto', role: 'scheduler' })
    const otto = createClient({ baseUrl: server.url, token: secret })
    const { allocation: waiting } = await otto.allocations.create({
      request: {
        roles: [{ name: 'next', count: 4, match: { 'gpu.count': 2 } }],
        lease: { duration: '1h', queue: true },
      },
    })
    expect(waiting?.state).toBe('queued')
    await page.getByRole('link', { name: 'Allocations' }).first().click()
    const row = page.getByRole('row').filter({ hasText: 'otto' })
    await row.getByText('queued', { exact: true }).waitFor()
    await row.getByText(/1 of 1, about .*, in 3 d/).waitFor()
    await otto.allocations.release(waiting?.id ?? '')
    await row.waitFor({ state: 'detached' })
    const own = page.getByRole('row').filter({ hasText: 'trainer × 2' })
    await own.getByRole('rowheader').getByRole('link').click()
    await page.getByRole('button', { name: 'Release' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click()
    await page.getByText('released', { exact: true }).waitFor()
    expect(problems).toEqual([])
  })

  test('holds only, and the hold is confirmed on its own page', async () => {
    await using opened = await openPage(browser, server, '/request')
    const { page, problems } = opened
    await logIn(page, server.token)
    await field(page).fill(
      'roles: [{ name: spare, count: { min: 1, max: 2 }, match: { gpu.count: 2, label.rack: { exists: false } } }]\nlease: { duration: 1h }\n',
    )
    await page.getByLabel('hold only, confirm later').check()
    await page.getByRole('button', { name: 'Request', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Hold' }).click()
    await page.getByText('reserved', { exact: true }).waitFor()
    await page.getByText(/^hold ends in \d+ s$/).waitFor()
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('active', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Ask for the same again' }).click()
    expect(await field(page).inputValue()).toContain('label.rack: { exists: false }')
    expect(problems).toEqual([])
  })

  test('gives who may only look an explanation and nothing else', async () => {
    const { secret } = await server.client.tokens.create({ name: 'vera', role: 'viewer' })
    await using opened = await openPage(browser, server, '/request')
    const { page, problems } = opened
    await logIn(page, secret)
    await explain(page, 'roles: [{ name: any, count: 9 }]\nlease: { duration: 1h }\n')
    await answerOf(page).getByRole('status').getByText('Impossible').waitFor()
    expect(await page.getByRole('button', { name: 'Request', exact: true }).count()).toBe(0)
    const [allocation] = await server.client.allocations.list()
    await page.goto(`${server.url}/allocations/${allocation?.id}`)
    await page.getByRole('region', { name: 'Terms' }).waitFor()
    expect(await page.getByRole('button', { name: 'Release' }).count()).toBe(0)
    expect(problems).toEqual([])
  })

  test('explains what imported machines would give', async () => {
    const lines = [1, 2, 3].map((n) =>
      JSON.stringify({ name: `made-${n}`, attributes: { 'gpu.count': 8, 'cpu.cores': 96 } }),
    )
    await server.client.inventory.import(new Blob([lines.join('\n')]), {
      format: 'jsonl',
      dryRun: false,
      onProblem: 'stop',
    })
    await using opened = await openPage(browser, server, '/request')
    const { page, problems } = opened
    await logIn(page, server.token)
    await explain(
      page,
      'roles: [{ name: big, count: 3, match: { gpu.count: { gte: 8 } } }]\nlease: { duration: 1h }\n',
    )
    const answer = answerOf(page).getByRole('status')
    await answer.getByText('Out of service').or(answer.getByText('Impossible')).waitFor()
    await page.getByLabel('explain with imported machines').check()
    await page.getByRole('button', { name: 'Explain' }).click()
    await answer.getByText('Match').waitFor()
    await page.getByRole('link', { name: 'made-2' }).first().waitFor()
    await server.client.inventory.forget(null)
    expect(problems).toEqual([])
  })

  test('says so when its script is of an older server', async () => {
    await using opened = await openPage(browser, server, '/')
    const { page } = opened
    await logIn(page, server.token)
    await page.route('**/assets/part-*', (route) => route.abort())
    await page.getByRole('link', { name: 'Request' }).click()
    await page.getByRole('alert').getByText('did not load').waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Load the page anew' }).click()
    await field(page).waitFor()
  })

  test('fits a narrow window', async () => {
    await using opened = await openPage(browser, server, '/request')
    const { page } = opened
    await page.setViewportSize({ width: 420, height: 800 })
    await logIn(page, server.token)
    await explain(page, tooMuch)
    await answerOf(page).getByRole('region', { name: 'Role trainer' }).waitFor()
    const width = () => page.evaluate(() => document.documentElement.scrollWidth)
    expect(await width()).toBe(420)
    await page.getByRole('link', { name: 'Allocations' }).click()
    await page.getByRole('heading', { name: 'Allocations' }).waitFor()
    await page.getByLabel(/ended ones too/).check()
    await page.getByRole('rowheader').first().waitFor()
    expect(await width()).toBe(420)
    await page.getByRole('rowheader').first().getByRole('link').click()
    await page.getByRole('region', { name: 'Terms' }).waitFor()
    expect(await width()).toBe(420)
  })
})
