/**
 * SM3, GB/T 32905-2016 and ISO/IEC 10118-3: the hash of TPM banks in China, which the runtime's own
 * library does not have.
 */
export function sm3(message: Uint8Array): Uint8Array {
  const state = Int32Array.from(initialState)
  const padded = pad(message)
  const view = new DataView(padded.buffer)
  for (let at = 0; at < padded.length; at += blockBytes) compress(state, view, at)
  const digest = new Uint8Array(32)
  const out = new DataView(digest.buffer)
  for (const [index, word] of state.entries()) out.setInt32(index * 4, word)
  return digest
}

const blockBytes = 64

const initialState: readonly number[] = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
]

/** §5.2: a one, zeros, and the length in bits, to whole blocks. */
function pad(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / blockBytes) * blockBytes)
  padded.set(message)
  padded[message.length] = 0x80
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(message.length) * 8n)
  return padded
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** The words of a block, used again for each: no call leaves anything in them. */
const words = new Int32Array(68)

/** §5.3.2: 68 words out of the 16 of a block. */
function expand(view: DataView, at: number): void {
  for (let j = 0; j < 16; j++) words[j] = view.getInt32(at + j * 4)
  for (let j = 16; j < 68; j++) {
    const mixed = word(j - 16) ^ word(j - 9) ^ rotated(word(j - 3), 15)
    const spread = mixed ^ rotated(mixed, 15) ^ rotated(mixed, 23)
    words[j] = spread ^ rotated(word(j - 13), 7) ^ word(j - 6)
  }
}

function word(index: number): number {
  return words[index] ?? 0
}

/** §5.3.3. Without lists on the way: it is called for each event of a log and bank. */
function compress(state: Int32Array, view: DataView, at: number): void {
  expand(view, at)
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let j = 0; j < 64; j++) {
    const early = j < 16
    const turns = j % 32
    const constant = early ? 0x79cc4519 : 0x7a879d8a
    const turned = turns === 0 ? constant : rotated(constant, turns)
    const first = rotated((rotated(a, 12) + e + turned) | 0, 7)
    const second = first ^ rotated(a, 12)
    const ff = early ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
    const gg = early ? e ^ f ^ g : (e & f) | (~e & g)
    const one = (ff + d + second + (word(j) ^ word(j + 4))) | 0
    const two = (gg + h + first + word(j)) | 0
    d = c
    c = rotated(b, 9)
    b = a
    a = one
    h = g
    g = rotated(f, 19)
    f = e
    e = two ^ rotated(two, 9) ^ rotated(two, 17)
  }
  const mixed = [a, b, c, d, e, f, g, h]
  for (let index = 0; index < 8; index++) {
    state[index] = (state[index] ?? 0) ^ (mixed[index] ?? 0)
  }
}
