import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import type { ApiServer } from '../cli/api-server.ts'

/** Chromium as Debian ships it, without what it does by itself on the network. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--headless',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A page in a browser of its own; what its policy or its scripts trip over is kept in `problems`. */
export async function openPage(browser: Browser, { url }: ApiServer, path: string) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    const isAnswer = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isAnswer) problems.push(message.text())
  })
  await page.goto(url + path)
  return { page, problems, [Symbol.asyncDispose]: () => context.close() }
}

export async function logIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Log in' }).click()
}
