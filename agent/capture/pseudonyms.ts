import { createHmac } from 'node:crypto'

/** What identifies one machine or one part of it. */
export interface Identity {
  /** Text as its device writes it, or a number of so many bytes. */
  readonly kind: 'text' | 'number'
  /** The text, or the number in lower-case hex without separators. */
  readonly value: string
}

/** Last words of the names of facts that identify one thing of many. */
const identifying =
  /^(serial(s|Number)?|assetTag|uuid|mac(s|Address)?|wwn|wwid|wwpn|wwnn|nguid|eui64|guid|gid|pdi|portGuid|nodeGuid|hostname|chassisId|systemName|physicalSwitchId|physicalPortId|bridgeId)$|(Serial|Uuid|Mac|Wwn|Guid|MacAddress|AssetTag)$/

/** GUIDs that name a kind of thing, and contents of disks, which lie under checksums. */
const shared = /^(typeGuid|vendorGuid|contents)$/

/** Shorter texts identify nothing, and stand in other files for other things. */
const minTextLength = 4

/** Every identity in facts, each once. */
export function identitiesIn(facts: unknown): readonly Identity[] {
  const found = new Map<string, Identity>()
  collect(facts, false, (value) => {
    const identity = identityOf(value)
    if (identity !== null) found.set(`${identity.kind} ${identity.value}`, identity)
  })
  return [...found.values()]
}

function collect(value: unknown, isIdentity: boolean, found: (value: string) => void): void {
  if (typeof value === 'string' && isIdentity) found(value)
  if (typeof value !== 'object' || value === null) return
  // Root hubs of the kernel: their serial is the place of their controller.
  if ('vendorId' in value && value.vendorId === '1d6b') return
  for (const [key, inner] of Object.entries(value)) {
    if (shared.test(key)) continue
    collect(inner, Array.isArray(value) ? isIdentity : identifying.test(key), found)
  }
}

/** Digits of the numbers devices have: MAC, EUI-64 and WWN, UUID and NGUID, InfiniBand's address. */
const numberLengths: readonly number[] = [12, 16, 32, 40]

function identityOf(value: string): Identity | null {
  const digits = value.replaceAll(/[:-]/g, '').toLowerCase()
  // All zero or all ones is none.
  if (/^(.)\1*$/.test(digits)) return null
  if (numberLengths.includes(digits.length) && /^[0-9a-f]+$/.test(digits)) {
    return { kind: 'number', value: digits }
  }
  return value.length < minTextLength ? null : { kind: 'text', value }
}

/** Each identity with what takes its place: as long, of the same alphabet and the same byte sum. */
export function pseudonyms(
  identities: readonly Identity[],
  secret: Uint8Array,
): ReadonlyMap<Identity, string> {
  const taken = new Set<string>(identities.map(({ value }) => value))
  const tails = new Map<string, string>()
  const choose = (value: string, make: (random: Draw) => string): string => {
    const random = drawsOf(secret, value)
    let made = value
    for (let tries = 0; tries < maxTries; tries++) {
      made = make(random)
      if (byteSum(made) === byteSum(value) && !taken.has(made)) break
    }
    taken.add(made)
    return made
  }
  const tail = (digits: string): string => {
    const known = tails.get(digits)
    if (known !== undefined) return known
    const made = chooseNumber(digits, drawsOf(secret, `tail ${digits}`))
    tails.set(digits, made)
    return made
  }
  return new Map(
    identities.map((identity) => {
      const { kind, value } = identity
      if (kind === 'text') return [identity, choose(value, (random) => likeText(value, random))]
      // Makers put one number into the MAC, the GUID and the WWN of a part: its last three bytes.
      if (value.length !== 32) return [identity, value.slice(0, -6) + tail(value.slice(-6))]
      return [identity, chooseNumber(value, drawsOf(secret, value), 8)]
    }),
  )
}

/** A number below its limit, differently each time. */
type Draw = (limit: number) => number

/** Enough for one in 256 to come up. */
const maxTries = 20_000

/** Digits of which the first `kept` stay, with the same byte sum. */
function chooseNumber(digits: string, random: Draw, kept = 0): string {
  const wanted = Buffer.from(digits, 'hex').reduce((sum, byte) => sum + byte, 0) & 0xff
  for (let tries = 0; tries < maxTries; tries++) {
    let made = digits.slice(0, kept)
    while (made.length < digits.length) made += random(16).toString(16)
    const sum = Buffer.from(made, 'hex').reduce((total, byte) => total + byte, 0) & 0xff
    if (sum === wanted && made !== digits) return made
  }
  return digits
}

const alphabets = [
  '0123456789',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'abcdefghijklmnopqrstuvwxyz',
] as const

function likeText(value: string, random: Draw): string {
  return value.replaceAll(/[0-9A-Za-z]/g, (letter) => {
    const alphabet = alphabets.find((one) => one.includes(letter)) ?? letter
    return alphabet[random(alphabet.length)] ?? letter
  })
}

/** What checksums of tables count, modulo 256. */
function byteSum(value: string): number {
  return new TextEncoder().encode(value).reduce((sum, byte) => sum + byte, 0) & 0xff
}

/** The same secret and value give the same draws. */
function drawsOf(secret: Uint8Array, value: string): Draw {
  let block = new Uint8Array(0)
  let at = 0
  let blocks = 0
  return (limit) => {
    if (at + 2 > block.length) {
      block = createHmac('sha256', secret).update(`${blocks++} ${value}`).digest()
      at = 0
    }
    at += 2
    return (((block[at - 2] ?? 0) << 8) | (block[at - 1] ?? 0)) % limit
  }
}
