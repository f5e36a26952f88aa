import { expect, test } from 'vitest'
import { bootSizeLimitBytes, checkBootSize, type BootManifest } from '../../initramfs/manifest.ts'

function manifestOf(baseSizeBytes: number): BootManifest {
  const sha256 = '0'.repeat(64)
  return {
    kernel: { file: 'vmlinuz', sizeBytes: 8_000_000, sha256 },
    layers: [
      { name: 'base', file: 'base.cpio.zst', sizeBytes: baseSizeBytes, sha256 },
      { name: 'drivers', file: 'drivers.cpio.zst', sizeBytes: 6_000_000, sha256 },
    ],
    kernelVersion: '6.1.0-56-amd64',
    agentVersion: '0.1.0',
  }
}

test('checkBootSize throws when the boot files are over the budget, and only then', () => {
  checkBootSize(manifestOf(bootSizeLimitBytes - 14_000_000))
  expect(() => checkBootSize(manifestOf(bootSizeLimitBytes - 13_999_999))).toThrow(
    'boot files take 64000001 bytes',
  )
})
