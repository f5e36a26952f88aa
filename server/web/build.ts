import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { BunPlugin } from 'bun'

const entries = [
  path.join(import.meta.dirname, 'main.tsx'), // server/web/main.tsx
  path.join(import.meta.dirname, 'page.css'),
]

/**
 * Builds the operator's page into `outDir`, which is made anew: `index.html` and, flat beside it,
 * the script, parts of it that are fetched when they are needed, and the style sheet, with their hash
 * in their name. The server serves them under
 * `/assets/`. Throws what the bundler says.
 */
export async function buildWeb(outDir: string): Promise<void> {
  const { outputs } = await Bun.build({
    entrypoints: entries,
    target: 'browser',
    minify: true,
    splitting: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    naming: { entry: '[name]-[hash].[ext]', chunk: 'part-[hash].[ext]' },
    plugins: [serverOnly],
  })
  await rm(outDir, { recursive: true, force: true })
  await mkdir(outDir, { recursive: true })
  const names: string[] = []
  for (const output of outputs) {
    const name = path.basename(output.path)
    await writeFile(path.join(outDir, name), new Uint8Array(await output.arrayBuffer()))
    names.push(name)
  }
  await writeFile(path.join(outDir, 'index.html'), indexHtml(names))
}

/**
 * The page shares schemas with code that signs and hashes, and never calls that code. Its modules
 * stand empty in the page: whoever calls them there after all gets an error.
 */
const serverOnly: BunPlugin = {
  name: 'server-only',
  setup(build) {
    build.onResolve({ filter: /^node:(crypto|assert\/strict)$/ }, ({ path }) => ({
      path,
      namespace: 'server-only',
    }))
    build.onLoad({ filter: /.*/, namespace: 'server-only' }, () => ({
      loader: 'js',
      contents: [
        'const refuse = () => { throw new Error("not in a page") }',
        'export default refuse',
        ...['createHash', 'createPrivateKey', 'createPublicKey', 'generateKeyPairSync']
          .concat('sign', 'verify', 'randomBytes')
          .map((name) => `export const ${name} = refuse`),
      ].join('\n'),
    }))
  },
}

function indexHtml(names: readonly string[]): string {
  const named = (pattern: RegExp) => names.find((name) => pattern.test(name)) ?? ''
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Assay</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="/assets/${named(/^page-.*\.css$/)}">
<script type="module" src="/assets/${named(/^main-.*\.js$/)}"></script>
<div id="page"></div>
<noscript>This page shows live data and needs scripts.</noscript>
</html>
`
}

const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect x="1" y="1" width="14" height="14" rx="3" fill="#23262a"/><path d="M4 12 8 3.5 12 12M5.6 9h4.8" fill="none" stroke="#e3b341" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
  )
