import { dlopen, FFIType } from 'bun:ffi'

/** Ends the running system at once, after writing what is cached. Returns only when it fails. */
export interface Power {
  reboot(): void
  powerOff(): void
}

/** `linux/reboot.h` */
const commands = { restart: 0x01234567, powerOff: 0x4321fedc } as const

/** reboot(2) through the C library: no init system is asked. Throws without CAP_SYS_BOOT. */
export const systemPower: Power = {
  reboot: () => end(commands.restart),
  powerOff: () => end(commands.powerOff),
}

function end(command: number): void {
  const libc = dlopen('libc.so.6', {
    sync: { args: [], returns: FFIType.void },
    reboot: { args: [FFIType.i32], returns: FFIType.i32 },
  })
  libc.symbols.sync()
  if (libc.symbols.reboot(command) !== 0) {
    throw new Error(`reboot(0x${command.toString(16)}) failed, wanted CAP_SYS_BOOT`)
  }
}
