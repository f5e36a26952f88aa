const utf8 = new TextEncoder()

/** A table of two GPUs and a NIC, as `nvidia-smi topo -m` prints it. */
export function nvidiaTopologySeeds(): readonly Uint8Array[] {
  const lines = [
    '\t\u{1b}[4mGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\u{1b}[0m',
    'GPU0\t X \tNV18\tPIX\t0-55,112-167\t0\t\tN/A',
    'GPU1\tNV18\t X \tSYS\t56-111\t1\t\tN/A',
    'NIC0\tPIX\tSYS\t X \t\t\t\t',
    '',
    'Legend:',
    '  X    = Self',
    'NIC Legend:',
    '  NIC0: mlx5_0',
  ]
  return [utf8.encode(lines.join('\n'))]
}

/** What `amd-smi static`, `metric` and `list` print of one GPU. */
export function amdSmiSeeds(): readonly Uint8Array[] {
  const watts = (value: number) => ({ value, unit: 'W' })
  const parts = [
    { gpu: 0, bdf: '0000:05:00.0', uuid: '05ff74a1-0000-1000-8068-d4e0c4c8a0b0' },
    {
      gpu: 0,
      asic: {
        market_name: 'AMD Instinct MI300X',
        vendor_id: '0x1002',
        device_id: '0x74a1',
        asic_serial: '0x68D4E0C4C8A0B0C1',
        oam_id: 4,
        target_graphics_version: 'gfx942',
      },
      bus: { bdf: '0000:05:00.0', max_pcie_width: 16, max_pcie_speed: { value: 32, unit: 'GT/s' } },
      vbios: { part_number: '113-M3000100-102', version: '022.040' },
      board: { product_serial: '692348000101', product_name: 'N/A' },
      limit: { max_power: watts(750), slowdown_hotspot_temperature: { value: 100, unit: 'C' } },
      driver: { name: 'amdgpu', version: '6.10.5' },
      vram: { type: 'HBM', vendor: 'N/A', size: { value: 196_592, unit: 'MB' } },
      partition: { compute_partition: 'SPX', memory_partition: 'NPS1' },
      numa: { node: 0, affinity: 0 },
    },
    {
      gpu: 0,
      usage: { gfx_activity: { value: 3, unit: '%' } },
      power: { socket_power: watts(140) },
      clock: { gfx_0: { clk: { value: 132, unit: 'MHz' } } },
      ecc: { total_correctable_count: 2, total_uncorrectable_count: 0 },
    },
  ]
  return parts.map((part) => utf8.encode(JSON.stringify([part], null, 1)))
}
