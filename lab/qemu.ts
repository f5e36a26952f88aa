import { diskArguments, nicArguments, rootPorts, usbArguments } from './devices.ts'
import { escapeValue } from './option-text.ts'
import type { FirmwarePlacement, Placement } from './placement.ts'
import type { MachinePlan } from './plan.ts'
import type { MachineShape } from './shapes.ts'
import { smbiosArguments } from './smbios.ts'

const mebibyte = 2 ** 20

/** The command line of QEMU for a machine: netboots first, then boots its disks in their order. */
export function qemuArguments(plan: MachinePlan, placement: Placement): readonly string[] {
  const ports = rootPorts()
  return [
    'qemu-system-x86_64',
    '-name',
    plan.name,
    '-nodefaults',
    '-no-user-config',
    '-machine',
    'q35,graphics=off',
    '-accel',
    'tcg,thread=multi',
    '-cpu',
    'max',
    '-display',
    'none',
    '-uuid',
    plan.systemUuid,
    ...topology(plan.shape),
    ...smbiosArguments(plan),
    ...firmwareArguments(placement.firmware),
    '-chardev',
    `file,id=console,path=${escapeValue(placement.consoleFile)},append=on`,
    '-serial',
    'chardev:console',
    '-qmp',
    `unix:${escapeValue(placement.monitorSocket)},server=on,wait=off`,
    ...nicArguments(plan, placement, ports),
    ...diskArguments(plan, placement, ports),
    ...usbArguments(plan.shape.usb, placement.usbFiles, ports),
  ]
}

function topology(shape: MachineShape): readonly string[] {
  const { sockets, coresPerSocket, threadsPerCore, numaNodeCount } = shape
  const cpus = sockets * coresPerSocket * threadsPerCore
  const smp = `${cpus},sockets=${sockets},cores=${coresPerSocket},threads=${threadsPerCore}`
  const memory = ['-smp', smp, '-m', `${shape.memoryBytes / mebibyte}M`]
  if (numaNodeCount === 1) return memory
  const perNode = `${shape.memoryBytes / numaNodeCount / mebibyte}M`
  for (let node = 0; node < numaNodeCount; node += 1) {
    memory.push('-object', `memory-backend-ram,id=memory${node},size=${perNode}`)
    memory.push('-numa', `node,nodeid=${node},memdev=memory${node}`)
  }
  return [...memory, ...cpuPlaces(shape).flatMap((place) => ['-numa', `cpu,${place}`])]
}

/** Which node each socket is in, or each core where a socket has several nodes. */
function cpuPlaces({ sockets, coresPerSocket, numaNodeCount }: MachineShape): readonly string[] {
  const perSocket = numaNodeCount > sockets ? coresPerSocket : 1
  const count = sockets * perSocket
  return Array.from({ length: count }, (_, index) => {
    const node = Math.floor((index * numaNodeCount) / count)
    const core = perSocket === 1 ? '' : `,core-id=${index % perSocket}`
    return `node-id=${node},socket-id=${Math.floor(index / perSocket)}${core}`
  })
}

function firmwareArguments(placement: FirmwarePlacement): readonly string[] {
  if (placement.kind === 'bios') {
    return placement.romDirectory === null ? [] : ['-L', placement.romDirectory]
  }
  const flash = 'if=pflash,format=raw'
  return [
    '-drive',
    `${flash},unit=0,readonly=on,file=${escapeValue(placement.codeFile)}`,
    '-drive',
    `${flash},unit=1,file=${escapeValue(placement.variablesFile)}`,
    // Without it OVMF waits about a minute for a DHCPv6 server.
    '-fw_cfg',
    'name=opt/org.tianocore/IPv6PXESupport,string=n',
  ]
}
