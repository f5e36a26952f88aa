import type { DeviceQuestion } from '../device-question.ts'
import { type Attribute, type Reply, replyIn, requestMessage } from './generic-netlink.ts'
import { absent, type Descriptor, openNetlink, SystemError, unknown } from './libc.ts'

type Question = Extract<DeviceQuestion, { readonly kind: 'module-page' }>

/** include/uapi/linux/genetlink.h */
const GENL_ID_CTRL = 0x10
const CTRL_CMD_GETFAMILY = 3
const CTRL_ATTR_FAMILY_ID = 1
const CTRL_ATTR_FAMILY_NAME = 2

/** include/uapi/linux/ethtool_netlink.h */
const ETHTOOL_MSG_MODULE_EEPROM_GET = 31
const ETHTOOL_A_HEADER_DEV_NAME = 2
const moduleEeprom = {
  header: 1,
  offset: 2,
  length: 3,
  page: 4,
  bank: 5,
  i2cAddress: 6,
  data: 7,
} as const

/** Longer than any reply: that on the family has 1,100 bytes. */
const replyBytes = 64 * 1024

/** Asks for a part of a page of a module's memory; see `DeviceQuestion`. */
export function askModulePage(question: Question): Uint8Array | undefined {
  using socket = openNetlink()
  const family = request(socket, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, [
    { type: CTRL_ATTR_FAMILY_NAME, value: terminated('ethtool') },
  ])
  // A kernel before 5.6 has no such family.
  if (family.kind === 'refused') return answerOf(family, question)
  const id = family.attributes.get(CTRL_ATTR_FAMILY_ID)
  if (id === undefined || id.length < 2) return undefined
  const number = new DataView(id.buffer, id.byteOffset).getUint16(0, true)
  const reply = request(
    socket,
    number,
    ETHTOOL_MSG_MODULE_EEPROM_GET,
    2,
    modulePageAttributes(question),
  )
  return answerOf(reply, question)
}

/** Attributes of ETHTOOL_MSG_MODULE_EEPROM_GET. */
export function modulePageAttributes(question: Question): readonly Attribute[] {
  const { device, page, bank, i2cAddress, offset, lengthBytes } = question
  return [
    {
      type: moduleEeprom.header,
      value: [{ type: ETHTOOL_A_HEADER_DEV_NAME, value: terminated(device) }],
    },
    { type: moduleEeprom.length, value: word(lengthBytes) },
    { type: moduleEeprom.offset, value: word(offset) },
    { type: moduleEeprom.page, value: new Uint8Array([page]) },
    { type: moduleEeprom.bank, value: new Uint8Array([bank]) },
    { type: moduleEeprom.i2cAddress, value: new Uint8Array([i2cAddress]) },
  ]
}

function terminated(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`)
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

/** The kernel replies while the request is being written, so the reply is there to be read. */
function request(
  socket: Descriptor,
  family: number,
  command: number,
  sequence: number,
  attributes: readonly Attribute[],
): Reply {
  socket.write(requestMessage(family, command, sequence, attributes))
  const reply = replyIn(socket.read(replyBytes), sequence)
  if (reply === null) throw new Error(`Cannot ask the kernel: no reply to message ${sequence}`)
  return reply
}

function answerOf(reply: Reply, { device }: Question): Uint8Array | undefined {
  if (reply.kind === 'attributes') return reply.attributes.get(moduleEeprom.data)
  if (absent.includes(reply.errno) || unknown.includes(reply.errno)) return undefined
  throw new SystemError(`read the module of ${device}`, reply.errno)
}
