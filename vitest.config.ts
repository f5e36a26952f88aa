import { defineConfig } from 'vitest/config'

/**
 * Three projects are `npm test`. `unit`: everything that needs no root, no QEMU and no browser, under a minute.
 * `corpora`: recorded machines, where they are present. `system`: real boots, real disks, a real
 * browser; needs what `node setup.mjs test` installs. Apart from `npm test` there is `long`: the same
 * questions asked ten thousand times (`npm run test:long`).
 */
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/corpora/**', 'test/long/**'],
          testTimeout: 20_000,
          // Files share processes: starting one for each took as long as the tests.
          isolate: false,
          provide: { propertyShare: 0.1 },
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
          name: 'long',
          include: [
            'test/long/**/*.test.ts',
            'test/server/matching/**/*.test.ts',
            'test/server/allocation/engine/**/*.test.ts',
            'test/server/allocation/fleet-picture.test.ts',
            'test/protocol/request/**/*.test.ts',
          ],
          testTimeout: 1_800_000,
          provide: { propertyShare: 1 },
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
