import { defineConfig } from 'vitest/config'

/**
 * Two projects. `unit`: everything that needs no root, no QEMU and no browser, under a minute.
 * `system`: real boots, real disks, a real browser; needs what `node setup.mjs test` installs.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
