import { dlopen, ptr, read } from 'bun:ffi'
import { announcementFilter, instructionBytes } from './filter.ts'

/** packet(7) by way of the C library. Linux, 64-bit, glibc. */
const { symbols: libc } = dlopen('libc.so.6', {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  recv: { args: ['i32', 'ptr', 'u64', 'i32'], returns: 'i64' },
  close: { args: ['i32'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
})

const AF_PACKET = 17
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const SOL_PACKET = 263
const PACKET_ADD_MEMBERSHIP = 1
const PACKET_MR_MULTICAST = 0
const ETH_P_ALL = 3
const MSG_DONTWAIT = 0x40

/** errno values with which there is nothing to read: none came, a signal, the link went down. */
const quiet: readonly number[] = [4, 11, 100]

/**
 * Where announcements are sent to: LLDP's nearest bridge, nearest non-TPMR bridge and nearest customer
 * bridge (IEEE 802.1AB-2016 table 7-1), and Cisco's discovery.
 */
const groups = ['0180c200000e', '0180c2000003', '0180c2000000', '01000ccccccc'] as const

/** The longest frame: jumbo frames of 9,216 bytes are the longest that switches take. */
const maxFrameBytes = 9216

/** Hears the announcements that arrive at one interface, and disturbs nobody who hears them too. */
export interface AnnouncementPort extends Disposable {
  /** The next frame that waits; null: none does. Throws when the interface has gone. */
  next(): Uint8Array | null
}

/** Opens an Ethernet interface by its number; throws where it is none, or without the right to. */
export function listenOn(interfaceIndex: number): AnnouncementPort {
  const fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) throw failure('open a packet socket')
  const port = new PacketSocket(fd)
  try {
    // The filter comes before the first frame can.
    port.attachFilter()
    port.join(interfaceIndex)
    port.bind(interfaceIndex)
    return port
  } catch (error) {
    port[Symbol.dispose]()
    throw error
  }
}

class PacketSocket implements AnnouncementPort {
  readonly #fd: number
  readonly #buffer = new Uint8Array(maxFrameBytes)

  constructor(fd: number) {
    this.#fd = fd
  }

  next(): Uint8Array | null {
    const length = Number(libc.recv(this.#fd, ptr(this.#buffer), maxFrameBytes, MSG_DONTWAIT))
    if (length >= 0) return this.#buffer.slice(0, length)
    if (quiet.includes(lastErrno())) return null
    throw failure('receive announcements')
  }

  /** struct sock_fprog: how many instructions, and where they are. */
  attachFilter(): void {
    const program = announcementFilter()
    const view = new DataView(new ArrayBuffer(16))
    view.setUint16(0, program.length / instructionBytes, true)
    view.setBigUint64(8, BigInt(ptr(program)), true)
    this.#option(SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(view.buffer), 'filter frames')
  }

  /** struct packet_mreq. */
  join(interfaceIndex: number): void {
    for (const group of groups) {
      const view = new DataView(new ArrayBuffer(16))
      view.setInt32(0, interfaceIndex, true)
      view.setUint16(4, PACKET_MR_MULTICAST, true)
      view.setUint16(6, 6, true)
      const request = new Uint8Array(view.buffer)
      request.set(Uint8Array.fromHex(group), 8)
      this.#option(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, 'join a multicast group')
    }
  }

  /** struct sockaddr_ll. CDP has a length where others have a type, so every protocol is taken. */
  bind(interfaceIndex: number): void {
    const view = new DataView(new ArrayBuffer(20))
    view.setUint16(0, AF_PACKET, true)
    view.setUint16(2, ETH_P_ALL, false)
    view.setInt32(4, interfaceIndex, true)
    const address = new Uint8Array(view.buffer)
    if (libc.bind(this.#fd, ptr(address), address.length) < 0) throw failure('bind the socket')
  }

  #option(level: number, name: number, value: Uint8Array, what: string): void {
    if (libc.setsockopt(this.#fd, level, name, ptr(value), value.length) < 0) throw failure(what)
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd)
  }
}

function failure(what: string): Error {
  return new Error(`Cannot ${what}: errno ${lastErrno()}`)
}

function lastErrno(): number {
  // oxlint-disable-next-line no-underscore-dangle -- its name in the C library
  const location = libc.__errno_location()
  return typeof location === 'number' ? read.i32(location) : 0
}
