import path from 'node:path'
import { AppError } from '../../protocol/errors.ts'

/**
 * What a page of ours may do: its own scripts, styles and requests, nothing from elsewhere, in no
 * frame. Facts of machines are shown there, and machines are hostile.
 */
export const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), usb=()',
} as const satisfies Record<string, string>

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** A built file of the page; `index.html` changes with each build, the assets bear their hash. */
export async function webFile(webDir: string, name: string): Promise<Response> {
  const isIndex = name === 'index.html'
  if (!isIndex && !/^[\w-]+(\.[\w-]+)*$/.test(name)) throw missing(name)
  const content = Bun.file(path.join(webDir, name))
  if (!(await content.exists())) {
    if (!isIndex) throw missing(name)
    throw new AppError('not-found', "the web page is not built: run 'npm run build'")
  }
  return new Response(content, {
    headers: {
      'content-type': contentTypes[path.extname(name)] ?? 'application/octet-stream',
      'cache-control': isIndex ? 'no-cache' : 'public, max-age=31536000, immutable',
    },
  })
}

function missing(name: string): AppError {
  return new AppError('not-found', `asset '${name.slice(0, 80)}' does not exist`)
}
