import { expect, test } from 'vitest'
import { storageProbe } from '../../../../agent/discovery/probes/storage.ts'
import { rootedHost } from '../../../../agent/host.ts'
import { unpackedTtar } from '../../../../bench/score/ttar.ts'
import { parseFacts } from '../../../../protocol/facts/inventory.ts'
import { corpusTimeoutMs, describeCorpus } from '../corpora.ts'

describeCorpus('procfs', 'storage trees of procfs', () => {
  test(
    'tell arrays, multipath, NVMe subsystems and SAS expanders as their files have them',
    async () => {
      await using files = await unpackedTtar('procfs', 'fixtures.ttar')
      const reading = await storageProbe.read(rootedHost(`${files.root}/fixtures`))
      const facts = parseFacts('storage', reading.facts)
      const arrays = facts.arrays.map(({ name, level, deviceCount, degradedCount, members }) => {
        return [name, level, deviceCount, degradedCount, members.length].join(' ')
      })
      expect(arrays).toEqual([
        'md0 raid0 2  2',
        'md1 raid1 2 0 2',
        'md10 raid10 4 0 4',
        'md4 raid4 3 0 3',
        'md5 raid5 3 1 4',
        'md6 raid6 4 1 4',
        'md7 container   0',
        'md8 raid5 11 0 2',
      ])
      expect(facts.volumes.filter(({ kind }) => kind === 'multipath')).toMatchObject([
        { label: 'mpathA', state: 'running', members: ['sdb', 'sdc'] },
        { label: 'mpathB', state: 'suspended', members: ['sdd', 'sde'] },
      ])
      expect(facts.nvmeSubsystems).toMatchObject([
        { ioPolicy: 'round-robin', controllers: ['nvme0', 'nvme1', 'nvme2'] },
        { ioPolicy: 'numa', controllers: ['nvme3', 'nvme4'], namespaces: ['nvme3n1', 'nvme4n1'] },
      ])
      const expanders = facts.expanders.map(({ name, product, phys }) => [
        name,
        product,
        phys.map(({ linkSpeedBitsPerSecond }) => linkSpeedBitsPerSecond),
      ])
      expect(expanders).toEqual([
        ['expander-11:0', '4U60_STOR_ENCL', [6e9, 12e9, 6e9]],
        ['expander-11:1', 'SAS2X36', []],
      ])
      expect(
        reading.findings
          .filter(({ code }) => code.startsWith('storage.array'))
          .map(({ code, subject }) => `${code} ${subject}`),
      ).toEqual([
        'storage.array-degraded md5',
        'storage.array-member-faulty md5',
        'storage.array-degraded md6',
      ])
    },
    corpusTimeoutMs,
  )
})
