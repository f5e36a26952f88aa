import path from 'node:path'
import { Hono } from 'hono'
import { z } from 'zod'
import { imageReportSchema } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import { readBody } from '../api/body.ts'
import { problemResponse } from '../api/problems.ts'
import type { Logger } from '../log.ts'
import type { Service } from '../service.ts'
import type { BootFile } from './boot-files.ts'
import { parseBootRequest } from './boot-request.ts'
import { renderAutoexec, renderBootScript, renderDecision, renderRefusal } from './script-set.ts'
import type { ScriptSite, ScriptTemplates } from './script-set.ts'

/** Where the files of an image are. Throws `AppError` for a name that is none or not there. */
export interface ImageFiles {
  paths(name: string, version: string): { readonly indexFile: string; readonly blobFile: string }
}

export interface NetbootDeps {
  readonly service: Pick<Service, 'bootDecision' | 'reportRunning'>
  readonly images: ImageFiles
  readonly files: ReadonlyMap<string, BootFile>
  /** iPXE's own binaries, for UEFI HTTP boot. */
  readonly ipxeDir: string
  readonly templates: ScriptTemplates
  readonly site: ScriptSite
  readonly log: Logger
}

/** The address a request came from. */
export interface NetbootBindings {
  readonly address: string | null
}

/** A report is a few hundred bytes. */
const reportSizeMaximumBytes = 16 * 1024

/**
 * Everything a machine fetches before it has an agent, and the images after: plain HTTP, nothing
 * secret, nothing believed. Images are signed, and the agent brings its own pin in the site layer.
 */
export function createNetbootApp(deps: NetbootDeps): Hono<{ Bindings: NetbootBindings }> {
  const { service, images, files, templates, site, log } = deps
  const app = new Hono<{ Bindings: NetbootBindings }>()
  const bootScript = renderBootScript(templates, site)
  const autoexec = renderAutoexec(templates, site)

  app.onError((error) => problemResponse(error, log))
  app.notFound((c) => c.text(`nothing is here: '${c.req.path}'\n`, 404))

  app.get('/boot.ipxe', () => script(bootScript))
  app.get('/ipxe/autoexec.ipxe', () => script(autoexec))
  app.get('/ipxe/:file{[a-z0-9_-]+\\.(efi|kpxe)}', (c) =>
    file(c.req.raw, Bun.file(path.join(deps.ipxeDir, c.req.param('file'))), null),
  )

  app.get('/script', async (c) => {
    const request = parseBootRequest(new URL(c.req.url).searchParams, c.env?.address ?? null)
    if (request.architecture !== 'x64') {
      log.warn('netboot: no boot files for this architecture', { ...request })
      return script(renderRefusal(templates, `no agent is built for ${request.architecture}`))
    }
    const decision = await service.bootDecision(request)
    log.info('netboot: script', { ...request, decision: decision.kind, reason: decision.reason })
    return script(renderDecision(templates, site, decision))
  })

  app.get('/boot/x64/:name', (c) => {
    const found = files.get(c.req.param('name'))
    return found === undefined ? c.notFound() : file(c.req.raw, found.content, found.etag)
  })

  app.get('/images/:name/:version/index.json', (c) => {
    const { indexFile } = images.paths(c.req.param('name'), c.req.param('version'))
    return file(c.req.raw, Bun.file(indexFile), null)
  })
  app.get('/images/:name/:version/blob.zst', (c) => {
    const { name, version } = c.req.param()
    return file(c.req.raw, Bun.file(images.paths(name, version).blobFile), `"${name}@${version}"`)
  })

  app.post('/report', async (c) => {
    const body = await readBody(c.req.raw, reportSizeMaximumBytes)
    const report = imageReportSchema.safeParse(body)
    if (!report.success) throw new AppError('unprocessable', z.prettifyError(report.error))
    await service.reportRunning(report.data)
    return c.body(null, 204)
  })

  app.get('/healthz', (c) => c.text('ok\n'))

  return app
}

function script(text: string): Response {
  return new Response(text, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  })
}

/**
 * The listener answers ranges of a file by itself; here come entity tags, and the length for HEAD,
 * which UEFI HTTP boot asks before it fetches.
 */
async function file(request: Request, content: Blob, etag: string | null): Promise<Response> {
  if ('exists' in content && typeof content.exists === 'function') {
    const there: unknown = await content.exists()
    if (there !== true) throw new AppError('not-found', `${request.url} is not here`)
  }
  const headers = new Headers({ 'content-type': 'application/octet-stream' })
  if (etag !== null) headers.set('etag', etag)
  if (etag !== null && request.headers.get('if-none-match') === etag) {
    return new Response(null, { status: 304, headers })
  }
  if (request.method !== 'HEAD') return new Response(content, { headers })
  headers.set('content-length', String(content.size))
  return new Response(null, { headers })
}
