import { copyFile, mkdir, open, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Clock } from '../protocol/effects.ts'
import type { Commands } from './commands.ts'
import { VirtualMachine } from './machine.ts'
import {
  createBridgeNetwork,
  removeBridgeNetwork,
  tapNames,
  type RackNetwork,
  type UserNetwork,
} from './network.ts'
import type { MachinePlan } from './plan.ts'
import { markProcess, type ProcessMark } from './process-mark.ts'
import type { FirmwarePlacement, NetworkPlacement, Placement } from './placement.ts'
import { removeRunRecord, writeRunRecord } from './run-record.ts'

export interface RackOptions {
  /** Made when missing. Disks, consoles and logs are kept in it; a later rack finds its disks. */
  readonly directory: string
  readonly plans: readonly MachinePlan[]
  /** `bridge` needs root. */
  readonly network: { readonly kind: 'bridge' } | UserNetwork
  readonly firmware: FirmwareFiles
  readonly commands: Commands
  readonly clock: Clock
}

/** Where firmware and netboot programs lie. */
export interface FirmwareFiles {
  /** iPXE option ROMs that go before QEMU's own under BIOS; null: QEMU's own. */
  readonly romDirectory: string | null
  /** iPXE for EFI, for the user network only; null: the option ROM of QEMU. */
  readonly efiIpxe: string | null
  readonly uefiCode: string
  readonly uefiVariables: string
}

/** Where Debian's `ovmf` package puts its files; both ROM fields null. */
export const debianFirmware: FirmwareFiles = {
  romDirectory: null,
  efiIpxe: null,
  uefiCode: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  uefiVariables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
}

/** Machines, all off at first, on one network. */
export interface Rack extends AsyncDisposable {
  readonly network: RackNetwork
  /** In the order of the plans. */
  readonly machines: readonly VirtualMachine[]
  /** Notes a process of the run, so that a later run ends it when this one was killed. */
  record(pid: number): Promise<void>
  /** Powers all off, ends whatever runs on its network and removes it. Disks and consoles stay. */
  close(): Promise<void>
}

/** Makes a rack; whatever it made is removed again when it fails. */
export async function createRack(options: RackOptions): Promise<Rack> {
  const { directory, plans, commands, clock } = options
  await mkdir(directory, { recursive: true })
  const record = await startRecord(directory)
  const network =
    options.network.kind === 'user'
      ? options.network
      : await createBridgeNetwork(commands, plans, ({ number }) => record.network(number))
  const machines: VirtualMachine[] = []
  const close = async (): Promise<void> => {
    await Promise.all(machines.map((machine) => machine.powerOff()))
    if (network.kind === 'bridge') await removeBridgeNetwork(commands, clock, network)
    await removeRunRecord(directory)
  }
  try {
    for (const plan of plans) {
      machines.push(
        new VirtualMachine({
          plan,
          placement: await place(plan, network, options),
          commandPrefix: network.kind === 'bridge' ? network.commandPrefix : [],
          logFile: join(directory, `${plan.name}.qemu.log`),
          commands,
          clock,
          started: (pid) => record.process(pid),
        }),
      )
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    network,
    machines,
    record: (pid) => record.process(pid),
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface RunRecorder {
  network(number: number): Promise<void>
  process(pid: number): Promise<void>
}

async function startRecord(directory: string): Promise<RunRecorder> {
  const owner = await markProcess(process.pid)
  if (owner === null) throw new Error('Cannot mark this process: /proc does not show it')
  const processes: ProcessMark[] = []
  let networkNumber: number | null = null
  // One write at a time: machines are powered on side by side.
  let written: Promise<void> = Promise.resolve()
  const write = (): Promise<void> => {
    written = written.then(() => writeRunRecord(directory, { owner, networkNumber, processes }))
    return written
  }
  await write()
  return {
    async network(number) {
      networkNumber = number
      await write()
    },
    async process(pid) {
      const mark = await markProcess(pid)
      if (mark === null) return
      processes.push(mark)
      await write()
    },
  }
}

/** Makes the files of a machine, where missing, and says where they are. */
async function place(
  plan: MachinePlan,
  network: RackNetwork,
  options: RackOptions,
): Promise<Placement> {
  const file = (name: string): string => join(options.directory, `${plan.name}.${name}`)
  const diskFiles: string[] = []
  for (const disk of plan.disks) {
    diskFiles.push(await sparseFile(file(`${disk.id}.raw`), disk.shape.sizeBytes))
  }
  const usbFiles: string[] = []
  for (const [index, device] of plan.shape.usb.entries()) {
    if (device.kind !== 'storage') continue
    usbFiles.push(await sparseFile(file(`usb${index}.raw`), device.sizeBytes))
  }
  return {
    diskFiles,
    usbFiles,
    consoleFile: file('console.log'),
    monitorSocket: socketPath(file('monitor')),
    firmware: await placeFirmware(plan, file('variables.fd'), options.firmware),
    network: await placeNetwork(plan, network, file('tftp'), options.firmware.efiIpxe),
  }
}

async function placeFirmware(
  plan: MachinePlan,
  variablesFile: string,
  firmware: FirmwareFiles,
): Promise<FirmwarePlacement> {
  if (plan.firmware === 'bios') return { kind: 'bios', romDirectory: firmware.romDirectory }
  if (!(await Bun.file(variablesFile).exists())) {
    await copyFile(firmware.uefiVariables, variablesFile)
  }
  return { kind: 'uefi', codeFile: firmware.uefiCode, variablesFile }
}

async function placeNetwork(
  plan: MachinePlan,
  network: RackNetwork,
  tftpDirectory: string,
  efiIpxe: string | null,
): Promise<NetworkPlacement> {
  if (network.kind === 'bridge') return { kind: 'taps', names: tapNames(plan) }
  if (plan.firmware === 'bios' || efiIpxe === null) {
    return { kind: 'user', bootFile: network.bootUrl, tftpDirectory: null }
  }
  await mkdir(tftpDirectory, { recursive: true })
  await copyFile(efiIpxe, join(tftpDirectory, 'ipxe.efi'))
  await writeFile(join(tftpDirectory, 'autoexec.ipxe'), autoexec(network.bootUrl))
  return { kind: 'user', bootFile: 'ipxe.efi', tftpDirectory }
}

/** iPXE runs it before it asks DHCP for a file, which here is iPXE itself. */
function autoexec(url: string): string {
  return `#!ipxe\ndhcp\nchain --autofree ${url}\n`
}

/** A file of zeros that takes no room; one of that size is left as it is. */
async function sparseFile(file: string, sizeBytes: number): Promise<string> {
  const handle = await open(file, 'a+')
  try {
    if ((await handle.stat()).size !== sizeBytes) await handle.truncate(sizeBytes)
  } finally {
    await handle.close()
  }
  return file
}

/** sockaddr_un has room for 107 bytes; QEMU has our working directory, so the short way serves. */
function socketPath(file: string): string {
  const short = relative(process.cwd(), file)
  const path = short.length < file.length ? short : file
  if (Buffer.byteLength(path) > 107) {
    throw new Error(`Cannot open a socket at '${path}': its path must be at most 107 bytes long`)
  }
  return path
}
