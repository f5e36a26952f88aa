import { expect, test } from 'vitest'
import { decodeKfdNode, kfdTopologyOf } from '../../agent/discovery/decode/gpu/kfd.ts'
import { encodeCbor, scanCbor } from '../../protocol/cbor.ts'
import { maxPathDevices } from '../../protocol/facts/device-paths.ts'
import { emptyManagement } from '../../protocol/facts/gpu-management.ts'
import { parseFacts } from '../../protocol/facts/inventory.ts'

const frameBytes = 512 * 1024

/** Eight MI300X in 64 partitions, each linked to all others twice, below eight NUMA nodes. */
function partitions() {
  const ids = Array.from({ length: 72 }, (_, id) => id)
  return kfdTopologyOf(
    ids.map((id) =>
      decodeKfdNode({
        id,
        properties: `cpu_cores_count 0\nsimd_count 152\nsimd_per_cu 4\ngfx_target_version 90402\nlocation_id ${id << 8}\nunique_id ${2n ** 63n}\nhive_id ${2n ** 62n}\n`,
        gpuId: '12345\n',
        name: 'aqua_vanjaram',
        memoryBanks: ['heap_type 1\nsize_in_bytes 206141652992\nwidth 8192\nmem_clk_max 1300\n'],
        caches: ['level 1\nsize 32\n', 'level 2\nsize 4096\n', 'level 3\nsize 262144\n'],
        links: ids.map(
          (to) => `type 11\nnode_from ${id}\nnode_to ${to}\nweight 15\nmax_bandwidth 64000\n`,
        ),
        peerLinks: ids.map((to) => `type 2\nnode_from ${id}\nnode_to ${to}\nweight 52\n`),
      }),
    ),
  )
}

const temperatures = Object.fromEntries(
  Array.from({ length: 16 }, (_, index) => [`sensor-${index}`, 40 + index]),
)

const management = {
  ...emptyManagement('nvml'),
  name: 'NVIDIA H100 80GB HBM3',
  uuid: 'GPU-0a0b0c0d-1111-2222-3333-444455556666',
  eccErrorsVolatile: temperatures,
  eccErrorsAggregate: temperatures,
  maxClocksHz: temperatures,
  mig: {
    enabled: true,
    pendingEnabled: true,
    devices: Array.from({ length: 7 }, (_, index) => ({
      index,
      gpuInstanceId: index,
      computeInstanceId: 0,
      uuid: 'MIG-0a0b0c0d-1111-2222-3333-444455556666',
      memorySizeBytes: 2 ** 33,
      multiprocessorCount: 16,
    })),
  },
  nvLinks: Array.from({ length: 18 }, (_, index) => ({
    index,
    active: true,
    version: 4,
    remoteAddress: '0000:05:00.0',
    remoteKind: 'switch',
  })),
}

test('facts of the largest machines with GPUs fit one frame', () => {
  const address = (index: number) =>
    `0000:${(index >> 3).toString(16).padStart(2, '0')}:00.${index & 7}`
  const facts = parseFacts('gpu', {
    gpus: Array.from({ length: 32 }, (_, index) => ({
      address: address(index),
      kind: 'gpu',
      vendorId: '10de',
      deviceId: '2330',
      subsystemVendorId: '10de',
      subsystemDeviceId: '16c1',
      classCode: '030200',
      revision: 'a1',
      driver: 'nvidia',
      link: { maxSpeedGtPerS: 32, speedGtPerS: 32, maxLaneWidth: 16, laneWidth: 16 },
      numaNode: 0,
      model: 'NVIDIA H100 80GB HBM3',
      memorySizeBytes: 85_520_809_984,
      memorySource: 'driver',
      largestBarBytes: 2 ** 37,
      formFactor: 'sxm',
      management,
    })),
    driverVersion: '550.54.15',
    runtimeVersion: '12.4',
    switches: [],
    baseBoard: null,
    paths: {
      devices: Array.from({ length: maxPathDevices }, (_, index) => ({
        address: address(index),
        kind: 'nvme',
      })),
      pairs: 'S'.repeat((maxPathDevices * (maxPathDevices - 1)) / 2),
    },
    kfd: partitions(),
  })
  const frame = encodeCbor(facts)
  expect(frame.length).toBeLessThan(frameBytes)
  expect(() => scanCbor(frame)).not.toThrow()
})
