/** Size of one instruction, struct sock_filter of include/uapi/linux/filter.h. */
export const instructionBytes = 8

/** BPF_LD|BPF_W|BPF_ABS and so on, include/uapi/linux/bpf_common.h. */
const loadWord = 0x20
const loadHalf = 0x28
const jumpIfEqual = 0x15
const jumpIfGreater = 0x25
const answer = 0x06

/** SKF_AD_OFF + SKF_AD_PKTTYPE: who a frame is for; PACKET_OUTGOING is what we sent ourselves. */
const packetType = 0xffff_f004
const PACKET_OUTGOING = 4

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number]

/**
 * Classic BPF that lets announcements through and nothing else, so that a busy port wakes nobody:
 * LLDP by its type, with or without a tag before it, and CDP by its SNAP header. Jumps count the
 * instructions that are left out.
 */
const program: readonly Instruction[] = [
  [loadWord, 0, 0, packetType],
  [jumpIfEqual, 11, 0, PACKET_OUTGOING],
  [loadHalf, 0, 0, 12],
  [jumpIfEqual, 8, 0, 0x88cc],
  [jumpIfEqual, 5, 0, 0x8100],
  // Up to 1,500 it is a length, and LLC follows.
  [jumpIfGreater, 7, 0, 1500],
  [loadWord, 0, 0, 14],
  [jumpIfEqual, 0, 5, 0xaaaa_0300],
  [loadWord, 0, 0, 18],
  [jumpIfEqual, 2, 3, 0x000c_2000],
  // Behind a tag.
  [loadHalf, 0, 0, 16],
  [jumpIfEqual, 0, 1, 0x88cc],
  [answer, 0, 0, 0xffff],
  [answer, 0, 0, 0],
]

/** The program as the kernel takes it. */
export function announcementFilter(): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * instructionBytes))
  for (const [index, [code, ifTrue, ifFalse, value]] of program.entries()) {
    const at = index * instructionBytes
    view.setUint16(at, code, true)
    view.setUint8(at + 2, ifTrue)
    view.setUint8(at + 3, ifFalse)
    view.setUint32(at + 4, value, true)
  }
  return new Uint8Array(view.buffer)
}
