/** What the PCI ids of a GPU or accelerator stand for: vendors' data sheets and the PCI ID list. */
export interface GpuModel {
  readonly name: string
  /** Null where boards of several sizes share the id. */
  readonly memorySizeBytes: number | null
  readonly formFactor: 'pcie' | 'sxm' | 'oam' | 'mxm' | 'integrated' | null
}

/** The model behind `10de:2330`; undefined for ids that are not in the list. */
export function gpuModel(vendorId: string, deviceId: string): GpuModel | undefined {
  const found = models.get(`${vendorId}:${deviceId}`)
  if (found === undefined) return undefined
  const [name, gibibytes, formFactor] = found
  return {
    name,
    memorySizeBytes: gibibytes === null ? null : gibibytes * 1024 ** 3,
    formFactor,
  }
}

type Row = readonly [name: string, gibibytes: number | null, formFactor: GpuModel['formFactor']]

const models: ReadonlyMap<string, Row> = new Map([
  ...rows('10de', {
    '102d': ['NVIDIA Tesla K80', 12, 'pcie'],
    '1023': ['NVIDIA Tesla K40m', 12, 'pcie'],
    '15f7': ['NVIDIA Tesla P100 PCIe 12GB', 12, 'pcie'],
    '15f8': ['NVIDIA Tesla P100 PCIe 16GB', 16, 'pcie'],
    '15f9': ['NVIDIA Tesla P100 SXM2 16GB', 16, 'sxm'],
    '1b38': ['NVIDIA Tesla P40', 24, 'pcie'],
    '1bb3': ['NVIDIA Tesla P4', 8, 'pcie'],
    '1db1': ['NVIDIA Tesla V100 SXM2 16GB', 16, 'sxm'],
    '1db3': ['NVIDIA Tesla V100 SXM2 16GB', 16, 'sxm'],
    '1db4': ['NVIDIA Tesla V100 PCIe 16GB', 16, 'pcie'],
    '1db5': ['NVIDIA Tesla V100 SXM2 32GB', 32, 'sxm'],
    '1db6': ['NVIDIA Tesla V100 PCIe 32GB', 32, 'pcie'],
    '1db8': ['NVIDIA Tesla V100 SXM3 32GB', 32, 'sxm'],
    '1df6': ['NVIDIA Tesla V100S PCIe 32GB', 32, 'pcie'],
    '1eb8': ['NVIDIA Tesla T4', 16, 'pcie'],
    '20b0': ['NVIDIA A100 SXM4 40GB', 40, 'sxm'],
    '20b2': ['NVIDIA A100 SXM4 80GB', 80, 'sxm'],
    '20b3': ['NVIDIA A100 SXM 64GB', 64, 'sxm'],
    '20b5': ['NVIDIA A100 PCIe 80GB', 80, 'pcie'],
    '20b7': ['NVIDIA A30 PCIe', 24, 'pcie'],
    '20bd': ['NVIDIA A800 SXM4 40GB', 40, 'sxm'],
    '20f1': ['NVIDIA A100 PCIe 40GB', 40, 'pcie'],
    '20f3': ['NVIDIA A800 SXM4 80GB', 80, 'sxm'],
    '20f5': ['NVIDIA A800 80GB PCIe', 80, 'pcie'],
    '2230': ['NVIDIA RTX A6000', 48, 'pcie'],
    '2231': ['NVIDIA RTX A5000', 24, 'pcie'],
    '2235': ['NVIDIA A40', 48, 'pcie'],
    '2236': ['NVIDIA A10', 24, 'pcie'],
    '2237': ['NVIDIA A10G', 24, 'pcie'],
    '24b0': ['NVIDIA RTX A4000', 16, 'pcie'],
    '25b6': ['NVIDIA A2 / A16', 16, 'pcie'],
    '2204': ['NVIDIA GeForce RTX 3090', 24, 'pcie'],
    '2206': ['NVIDIA GeForce RTX 3080', null, 'pcie'],
    '2321': ['NVIDIA H100 NVL', 94, 'pcie'],
    '2322': ['NVIDIA H800 PCIe', 80, 'pcie'],
    '2324': ['NVIDIA H800', 80, 'sxm'],
    '2329': ['NVIDIA H20', 96, 'sxm'],
    '2330': ['NVIDIA H100 SXM5 80GB', 80, 'sxm'],
    '2331': ['NVIDIA H100 PCIe', 80, 'pcie'],
    '2335': ['NVIDIA H200 SXM 141GB', 141, 'sxm'],
    '2339': ['NVIDIA H100 SXM5 94GB', 94, 'sxm'],
    '233b': ['NVIDIA H200 NVL', 141, 'pcie'],
    '2342': ['NVIDIA GH200 480GB', 96, 'integrated'],
    '2348': ['NVIDIA GH200 144G HBM3e', 144, 'integrated'],
    '2684': ['NVIDIA GeForce RTX 4090', 24, 'pcie'],
    '26b1': ['NVIDIA RTX 6000 Ada Generation', 48, 'pcie'],
    '26b5': ['NVIDIA L40', 48, 'pcie'],
    '26b9': ['NVIDIA L40S', 48, 'pcie'],
    '26ba': ['NVIDIA L20', 48, 'pcie'],
    '27b0': ['NVIDIA RTX 4000 SFF Ada Generation', 20, 'pcie'],
    '27b6': ['NVIDIA L2', 24, 'pcie'],
    '27b8': ['NVIDIA L4', 24, 'pcie'],
    '2901': ['NVIDIA B200', null, 'sxm'],
    '2941': ['NVIDIA GB200', null, 'integrated'],
    '2b85': ['NVIDIA GeForce RTX 5090', 32, 'pcie'],
    '2bb5': ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 96, 'pcie'],
    '3182': ['NVIDIA B300 SXM6', null, 'sxm'],
    '31c2': ['NVIDIA GB300', null, 'integrated'],
  }),
  ...rows('1002', {
    '6860': ['AMD Radeon Instinct MI25', 16, 'pcie'],
    '66a1': ['AMD Radeon Pro VII / Radeon Instinct MI50', null, 'pcie'],
    '738c': ['AMD Instinct MI100', 32, 'pcie'],
    // One function a die: an MI250X has two.
    '7408': ['AMD Instinct MI250X', 64, 'oam'],
    '740c': ['AMD Instinct MI250X / MI250', 64, 'oam'],
    '740f': ['AMD Instinct MI210', 64, 'pcie'],
    '74a0': ['AMD Instinct MI300A', 128, 'integrated'],
    '74a1': ['AMD Instinct MI300X', 192, 'oam'],
    '74a2': ['AMD Instinct MI308X', null, 'oam'],
    '74a5': ['AMD Instinct MI325X', 256, 'oam'],
    '75a0': ['AMD Instinct MI350X', 288, 'oam'],
    '75a3': ['AMD Instinct MI355X', 288, 'oam'],
  }),
  ...rows('8086', {
    '0bd5': ['Intel Data Center GPU Max 1550', 128, 'oam'],
    '0bda': ['Intel Data Center GPU Max 1100', 48, 'pcie'],
    '56a0': ['Intel Arc A770', null, 'pcie'],
    '56c0': ['Intel Data Center GPU Flex 170', 16, 'pcie'],
    '56c1': ['Intel Data Center GPU Flex 140', 6, 'pcie'],
    e20b: ['Intel Arc B580', 12, 'pcie'],
    e20c: ['Intel Arc B570', 10, 'pcie'],
  }),
  ...rows('1da3', {
    '0001': ['Habana Goya HL-1000', null, 'pcie'],
    '1000': ['Habana Gaudi HL-2000', 32, null],
    '1010': ['Habana Gaudi HL-2000', 32, null],
    '1020': ['Intel Gaudi 2', 96, null],
    '1060': ['Intel Gaudi 3', 128, null],
  }),
  ...rows('19e5', {
    d100: ['Huawei Ascend 310', null, 'pcie'],
    d500: ['Huawei Ascend 310P', null, 'pcie'],
    d801: ['Huawei Ascend 910', 32, null],
    d802: ['Huawei Ascend 910B', null, null],
  }),
  ...rows('1d0f', {
    '7064': ['AWS Inferentia', null, null],
    '7164': ['AWS Trainium', 32, null],
    '7264': ['AWS Inferentia2', 32, null],
    '7364': ['AWS Trainium2', 96, null],
  }),
  ...rows('1ae0', {
    '0027': ['Google Cloud TPU v2 / v3', null, null],
    '005e': ['Google Cloud TPU v4', null, null],
    '0062': ['Google Cloud TPU v5p', null, null],
    '0063': ['Google Cloud TPU v5e', 16, null],
    '006f': ['Google Cloud TPU v6e', 32, null],
  }),
  ...rows('1ac1', { '089a': ['Google Coral Edge TPU', null, null] }),
  ...rows('1d95', {
    '0001': ['Graphcore Colossus GC2', null, 'pcie'],
    '0002': ['Graphcore Colossus GC200', null, null],
  }),
  ...rows('1bcf', { '001c': ['NEC Vector Engine', null, 'pcie'] }),
  ...rows('10ee', {
    '5000': ['AMD Alveo U200', 64, 'pcie'],
    '5004': ['AMD Alveo U250', 64, 'pcie'],
    '500c': ['AMD Alveo U280', null, 'pcie'],
    '5020': ['AMD Alveo U50', 8, 'pcie'],
    '505c': ['AMD Alveo U55C', 16, 'pcie'],
  }),
  ...rows('1e52', {
    faca: ['Tenstorrent Grayskull', 8, 'pcie'],
    '401e': ['Tenstorrent Wormhole', null, 'pcie'],
    b140: ['Tenstorrent Blackhole', null, 'pcie'],
  }),
  ...rows('17cb', {
    a080: ['Qualcomm Cloud AI 80', null, 'pcie'],
    a100: ['Qualcomm Cloud AI 100', null, 'pcie'],
  }),
  ...rows('1ed2', {
    '0000': ['FuriosaAI Warboy', 16, 'pcie'],
    '0001': ['FuriosaAI RNGD', 48, 'pcie'],
  }),
  ...rows('1eff', {
    '1220': ['Rebellions ATOM', 16, 'pcie'],
    '1221': ['Rebellions ATOM', 16, 'pcie'],
  }),
  ...rows('1e60', { '2864': ['Hailo-8', null, null] }),
])

function rows(
  vendorId: string,
  devices: Readonly<Record<string, Row>>,
): readonly (readonly [string, Row])[] {
  return Object.entries(devices).map(([id, row]) => [`${vendorId}:${id}`, row] as const)
}

/** NVSwitch chips, PCI class 0680 as other bridges of NVIDIA, so told by their ids. */
export const nvSwitches: ReadonlyMap<string, string> = new Map([
  ['10de:1ac0', 'NVSwitch (Volta)'],
  ['10de:1ac1', 'NVSwitch (Volta)'],
  ['10de:1ac2', 'NVSwitch (Volta)'],
  ['10de:1af1', 'NVSwitch (Ampere)'],
  ['10de:22a3', 'NVSwitch (Hopper)'],
])
