import { defineConfig } from 'vitest/config'

/**
 * Three projects. `unit`: everything that needs no root, no QEMU and no browser, under a minute.
 * `corpora`: recorded machines, where they are present. `system`: real boots, real disks, a real
 * browser; needs what `node setup.mjs test` installs.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/corpora/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'corpora',
          include: ['test/corpora/**/*.test.ts'],
          testTimeout: 90_000,
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
