import type { Host } from '../../agent/host.ts'

/** What the devices of the booted machine answer: the text in it, a length, or hex. */
export async function deviceAnswers(host: Host) {
  const nvme = { kind: 'nvme-admin', device: '/dev/nvme0' } as const
  const words = { commandDword11: 0, commandDword14: 0 } as const
  const page = { ...nvme, ...words, opcode: 0x02, namespaceId: 0xffffffff, lengthBytes: 512 }
  const [identify, health, unknownPage, threshold] = await Promise.all([
    host.ask({
      ...nvme,
      ...words,
      opcode: 0x06,
      namespaceId: 0,
      commandDword10: 1,
      lengthBytes: 4096,
    }),
    host.ask({ ...page, commandDword10: 0x007f0002 }),
    host.ask({ ...page, commandDword10: 0x007f00c0 }),
    host.ask({
      ...nvme,
      ...words,
      opcode: 0x0a,
      namespaceId: 0,
      commandDword10: 0x04,
      lengthBytes: 0,
    }),
  ])
  const disks = (await host.list('/sys/block')).filter((name) => name.startsWith('sd'))
  return {
    nvme: {
      serial: text(identify, 4, 24),
      healthBytes: health?.length,
      unknownPage: unknownPage?.length,
      thresholdBytes: threshold?.length,
    },
    disks: await Promise.all(disks.map((name) => diskAnswers(host, `/dev/${name}`))),
    interfaceDriver: text(
      await host.ask({ kind: 'ethtool', device: 'eth0', request: '03000000', lengthBytes: 196 }),
      4,
      36,
    ),
    bmc: (
      await host.ask({
        kind: 'ipmi',
        device: '/dev/ipmi0',
        netFunction: 6,
        command: 1,
        data: '',
      })
    )?.toHex(),
    formatUnit: await host
      .ask({ kind: 'scsi', device: '/dev/sda', command: '040000000000', lengthBytes: 0 })
      .then(
        () => 'sent',
        () => 'refused',
      ),
  }
}

/** INQUIRY, ATA IDENTIFY DEVICE and SMART RETURN STATUS, the last two by ATA PASS-THROUGH(16). */
async function diskAnswers(host: Host, device: string) {
  const scsi = (command: string, lengthBytes: number) =>
    host.ask({ kind: 'scsi', device, command, lengthBytes })
  return {
    vendor: text(await scsi('120000002400', 36), 8, 16),
    identifyBytes: (await scsi('85080e0000000100000000000000ec00', 512))?.length,
    smartStatus: (await scsi('85062000da00000000004f00c200b000', 0))?.toHex(),
  }
}

function text(bytes: Uint8Array | undefined, from: number, to: number): string | undefined {
  const part = bytes?.subarray(from, to)
  return part === undefined ? undefined : new TextDecoder().decode(part).replaceAll('\0', '').trim()
}
