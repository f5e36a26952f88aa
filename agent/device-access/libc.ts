import { dlopen, ptr, read } from 'bun:ffi'

/** Calls of the C library with which a device is asked. Linux, 64-bit, glibc. */
const { symbols: libc } = dlopen('libc.so.6', {
  open: { args: ['ptr', 'i32'], returns: 'i32' },
  close: { args: ['i32'], returns: 'i32' },
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  ioctl: { args: ['i32', 'u64', 'ptr'], returns: 'i32' },
  read: { args: ['i32', 'ptr', 'u64'], returns: 'i64' },
  write: { args: ['i32', 'ptr', 'u64'], returns: 'i64' },
  poll: { args: ['ptr', 'u64', 'i32'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
})

/** errno values of Linux that say what a device is, include/uapi/asm-generic/errno*.h. */
export const errno = {
  ENOENT: 2,
  EINTR: 4,
  ENXIO: 6,
  ENODEV: 19,
  EINVAL: 22,
  ENOTTY: 25,
  EMSGSIZE: 90,
  EOPNOTSUPP: 95,
  ENOMEDIUM: 123,
} as const

/** There is no such device, or not any more. */
export const absent: readonly number[] = [errno.ENOENT, errno.ENXIO, errno.ENODEV]

/** The driver does not know the question. */
export const unknown: readonly number[] = [errno.ENOTTY, errno.EINVAL, errno.EOPNOTSUPP]

/** A call that failed, with its errno. */
export class SystemError extends Error {
  override readonly name = 'SystemError'

  readonly errno: number

  constructor(what: string, code: number) {
    super(`Cannot ${what}: errno ${code}`)
    this.errno = code
  }
}

const O_NONBLOCK = 0o4000
const O_CLOEXEC = 0o2000000
const openFlags = { read: O_NONBLOCK | O_CLOEXEC, readWrite: O_NONBLOCK | O_CLOEXEC | 2 }

/** An open descriptor that closes itself; null when there is no such device. */
export function openDevice(path: string, mode: keyof typeof openFlags): Descriptor | null {
  const name = new TextEncoder().encode(`${path}\0`)
  for (;;) {
    const fd = libc.open(ptr(name), openFlags[mode])
    if (fd >= 0) return new Descriptor(fd)
    const code = lastErrno()
    if (code === errno.EINTR) continue
    if (absent.includes(code) || code === errno.ENOMEDIUM) return null
    throw new SystemError(`open ${path}`, code)
  }
}

const AF_INET = 2
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000

/** A socket that interfaces are asked through. */
export function openSocket(): Descriptor {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) throw new SystemError('open a socket', lastErrno())
  return new Descriptor(fd)
}

const AF_NETLINK = 16
const SOCK_RAW = 3
const NETLINK_GENERIC = 16

/** A socket that speaks generic netlink with the kernel. */
export function openNetlink(): Descriptor {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC)
  if (fd < 0) throw new SystemError('open a netlink socket', lastErrno())
  return new Descriptor(fd)
}

const POLLIN = 1

/** An open file of the kernel. */
export class Descriptor implements Disposable {
  readonly #fd: number

  constructor(fd: number) {
    this.#fd = fd
  }

  /** 0 or above as ioctl(2) returns it, else the errno below 0. */
  ioctl(request: number, argument: Uint8Array): number {
    for (;;) {
      const result = libc.ioctl(this.#fd, request, ptr(argument))
      if (result >= 0) return result
      const code = lastErrno()
      if (code !== errno.EINTR) return -code
    }
  }

  /** True as soon as there is something to read, false after `milliseconds`. */
  readable(milliseconds: number): boolean {
    const request = new Uint8Array(8)
    const view = new DataView(request.buffer)
    view.setInt32(0, this.#fd, true)
    view.setInt16(4, POLLIN, true)
    return libc.poll(ptr(request), 1, milliseconds) > 0
  }

  /** Writes all of `bytes` at once, as a device that takes messages wants them. */
  write(bytes: Uint8Array): void {
    const count = Number(libc.write(this.#fd, ptr(bytes), bytes.length))
    if (count < 0) throw new SystemError('write to a device', lastErrno())
    if (count !== bytes.length) throw new Error(`Cannot write: ${count} of ${bytes.length} bytes`)
  }

  /** Reads one message of at most `limitBytes`. */
  read(limitBytes: number): Uint8Array {
    const buffer = new Uint8Array(limitBytes)
    const count = Number(libc.read(this.#fd, ptr(buffer), buffer.length))
    if (count < 0) throw new SystemError('read from a device', lastErrno())
    return buffer.slice(0, count)
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd)
  }
}

/** Writes where `bytes` are in memory; they must outlive the call that reads it. */
export function setPointer(view: DataView, offset: number, bytes: Uint8Array): void {
  view.setBigUint64(offset, BigInt(ptr(bytes)), true)
}

function lastErrno(): number {
  // oxlint-disable-next-line no-underscore-dangle -- its name in the C library
  const location = libc.__errno_location()
  return typeof location === 'number' ? read.i32(location) : 0
}
