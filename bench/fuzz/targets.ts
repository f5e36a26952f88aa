import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { artifacts } from '../../agent/discovery/artifacts.ts'
import { parseCpuList, parseCpuMask } from '../../agent/discovery/decode/cpu-list.ts'
import { parseCpuinfo } from '../../agent/discovery/decode/cpuinfo.ts'
import { corpusPath, hasCorpus } from '../score/corpus.ts'
import { amdSmiSeeds, nvidiaTopologySeeds } from './gpu-seeds.ts'
import { edidSeeds, fruSeeds, usbSeeds } from './management-seeds.ts'
import { cmisMemory, qsfpMemory, sfpMemory } from './module-memory.ts'
import { diskHeadSeeds, nvmeIdentifySeeds, nvmeSmartSeeds, vpdPageSeeds } from './storage-seeds.ts'

/** A decoder under attack. */
export interface FuzzTarget {
  readonly name: string
  decode(bytes: Uint8Array): unknown
  /** Well-formed inputs to begin from; a few bytes of our own where no corpus is there. */
  seeds(): Promise<readonly Uint8Array[]>
}

/** Folders of the corpora with files of an artifact, or one such file. */
const seedFolders: Readonly<Record<string, readonly string[]>> = {
  smbios: ['smbios-u-root'],
  pci: ['pciutils/dumps'],
  'tpm-eventlog': ['tpm-eventlog'],
  lldp: ['lldp-tcpdump', 'lldp-lldpd/integration/data', 'lldp-lldpd/fuzzing_seed_corpus'],
  'ata-identify': ['libatasmart/blobs'],
  'ata-smart': ['libatasmart/blobs'],
  ibnetdiscover: ['fabric/ibnetdiscover-dgx-ndr.out'],
  'nvidia-smi': ['telegraf/nvidia_smi/testdata'],
  'rocm-smi': ['telegraf/amd_rocm_smi/testdata'],
  'nccl-topo': ['aws-nccl-topo'],
  'amdgpu-firmware': ['rocm-kfd/debugfs-parsing'],
}

/** Where no corpus has files of an artifact: made by its standard. */
const madeSeeds: Readonly<Record<string, () => readonly Uint8Array[]>> = {
  'nvidia-smi-topo': nvidiaTopologySeeds,
  'amd-smi': amdSmiSeeds,
  edid: edidSeeds,
  'ipmi-fru': fruSeeds,
  usb: usbSeeds,
  'nvme-identify': nvmeIdentifySeeds,
  'nvme-smart': nvmeSmartSeeds,
  'scsi-vpd': vpdPageSeeds,
  'disk-head': diskHeadSeeds,
  'module-eeprom': () => [sfpMemory(), qsfpMemory(), cmisMemory()],
}

const utf8 = new TextEncoder()
const maxSeedBytes = 128 * 1024
/** Of one long text: its beginning, and its end. */
const maxTextSeedBytes = 16 * 1024
const text = (decode: (input: string) => unknown) => (bytes: Uint8Array) =>
  decode(new TextDecoder().decode(bytes))

/** Every decoder of one artifact, and those of kernel text. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...artifacts.map((artifact) => ({
    name: artifact.name,
    decode: (bytes: Uint8Array) => artifact.decode(bytes),
    seeds: async () =>
      madeSeeds[artifact.name]?.() ?? (await seedsOf(seedFolders[artifact.name] ?? [])),
  })),
  {
    name: 'cpuinfo',
    decode: text(parseCpuinfo),
    seeds: async () => [
      utf8.encode('processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme\n\n'),
    ],
  },
  {
    name: 'cpu-list',
    decode: text(parseCpuList),
    seeds: async () => [utf8.encode('0-3,8-11,64'), utf8.encode('0')],
  },
  {
    name: 'cpu-mask',
    decode: text(parseCpuMask),
    seeds: async () => [utf8.encode('ffffffff,00000003'), utf8.encode('f')],
  },
]

/** Licences and what a peer said of the files beside them. */
const notSeeds = /oracle|LICENSE|\.(out|txt)$|(expected|integration\/).*\.json$/

async function seedsOf(folders: readonly string[]): Promise<readonly Uint8Array[]> {
  const seeds: Uint8Array[] = []
  for (const folder of folders) {
    if (!hasCorpus(folder)) continue
    if ((await stat(corpusPath(folder))).isFile()) {
      const bytes = new Uint8Array(await readFile(corpusPath(folder)))
      seeds.push(bytes.subarray(0, maxTextSeedBytes), bytes.subarray(-maxTextSeedBytes))
      continue
    }
    for (const entry of await readdir(corpusPath(folder), {
      recursive: true,
      withFileTypes: true,
    })) {
      const path = join(entry.parentPath, entry.name)
      if (!entry.isFile() || notSeeds.test(path)) continue
      const bytes = new Uint8Array(await readFile(path))
      if (bytes.length > 0) seeds.push(bytes.subarray(0, maxSeedBytes))
    }
  }
  return seeds.length > 0 ? seeds : [new Uint8Array(512), new Uint8Array(4096).fill(0xff)]
}
