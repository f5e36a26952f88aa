import { describe, expect, test } from 'vitest'
import { cpuFacts } from '../../../../protocol/facts/cpu.ts'
import { emptyInventory, type FactsOf, parseFacts } from '../../../../protocol/facts/inventory.ts'
import { nicFacts } from '../../../../protocol/facts/nic.ts'
import { pciFacts } from '../../../../protocol/facts/pci.ts'
import {
  machineFindings,
  withMachineFindings,
} from '../../../../server/inventory/findings/machine-findings.ts'
import { machineFacts } from '../../../agent/discovery/machines.ts'
import { blankFacts, blankItem } from '../../../protocol/facts/blank.ts'

const facts = await machineFacts('qemu-q35-two-socket')
const memory = parseFacts('memory', facts['memory'])
const storage = parseFacts('storage', facts['storage'])
const numa = parseFacts('numa', facts['numa'])

type Dimm = FactsOf<'memory'>['dimms'][number]
const model = firstOf(memory.dimms)

function firstOf(dimms: readonly Dimm[]): Dimm {
  const [first] = dimms
  if (first === undefined) throw new Error('want a DIMM')
  return first
}

/** DIMMs of two sockets with four slots each, named by `locator`. */
function board(locator: (socket: number, slot: number) => string): readonly Dimm[] {
  return [0, 1].flatMap((socket) =>
    [0, 1, 2, 3].map((slot): Dimm => ({
      ...model,
      arrayIndex: null,
      bankLocator: null,
      locator: locator(socket, slot),
      populated: slot < 2,
      partNumber: 'P-1',
      serial: `S-${socket}${slot}`,
    })),
  )
}

function codes(dimms: readonly Dimm[]): readonly string[] {
  return machineFindings({ ...emptyInventory, memory: { ...memory, dimms } }).map(
    ({ code, subject }) => `${code} ${subject}`,
  )
}

const without = (dimms: readonly Dimm[], locator: string) =>
  dimms.map((dimm) => (dimm.locator === locator ? { ...dimm, populated: false } : dimm))

describe('machine findings', () => {
  const forms = {
    Supermicro: (socket: number, slot: number) => `P${socket + 1}-DIMM${'ABCD'[slot]}1`,
    Dell: (socket: number, slot: number) => `${'AB'[socket]}${slot + 1}`,
    HPE: (socket: number, slot: number) => `PROC ${socket + 1} DIMM ${slot + 1}`,
    Lenovo: (socket: number, slot: number) => `CPU${socket}_DIMM_${'ABCD'[slot]}`,
  }
  test.each(Object.entries(forms))('miss the DIMM a socket lacks, as %s names slots', (_, form) => {
    expect(codes(board(form))).toEqual([])
    expect(codes(without(board(form), form(1, 0)))).toEqual([`memory.dimm-missing ${form(1, 0)}`])
  })

  test('miss nothing where slot names tell no socket', () => {
    const dimms = board((socket, slot) => `DIMM ${socket * 4 + slot}`)
    expect(codes(without(dimms, 'DIMM 0'))).toEqual([])
  })

  test('name the DIMM that is not like most others', () => {
    const [first, ...others] = board(forms.Dell)
    if (first === undefined) throw new Error('want a DIMM')
    expect(codes([{ ...first, partNumber: 'P-2' }, ...others])).toEqual(['memory.dimm-part A1'])
    expect(codes([{ ...first, configuredSpeedMtPerS: 1 }, ...others])).toEqual([
      'memory.dimm-speed A1',
    ])
  })

  test('name a NUMA node with less memory, and none for a few per cent', () => {
    const [one, two] = numa.nodes
    if (one === undefined || two === undefined) throw new Error('want two nodes')
    const of = (a: number, b: number) => ({
      ...emptyInventory,
      numa: {
        nodes: [
          { ...one, memorySizeBytes: a },
          { ...two, memorySizeBytes: b },
        ],
      },
    })
    expect(machineFindings(of(100, 95))).toEqual([])
    expect(machineFindings(of(100, 50)).map(({ subject }) => subject)).toEqual([`node${two.id}`])
  })

  test('name disks of one model with different firmware', () => {
    const [disk] = storage.disks
    if (disk === undefined) throw new Error('want a disk')
    const twin = (name: string, firmware: string) => ({ ...disk, model: 'M', name, firmware })
    const of = (disks: FactsOf<'storage'>['disks']) =>
      machineFindings({ ...emptyInventory, storage: { ...storage, disks } })
    expect(of([twin('sda', '1'), twin('sdb', '1')])).toEqual([])
    expect(of([twin('sda', '1'), twin('sdb', '2')])).toMatchObject([
      { code: 'storage.firmware-mixed', message: expect.stringContaining('1 (sda), 2 (sdb)') },
    ])
  })

  test('name NICs of one device with different firmware', () => {
    const nic = (name: string, pciAddress: string, firmwareVersion: string) => ({
      ...blankItem(nicFacts.shape.interfaces),
      name,
      pciAddress,
      firmwareVersion,
    })
    const card = (address: string, deviceId: string) => ({
      ...blankItem(pciFacts.shape.functions),
      address,
      vendorId: '15b3',
      deviceId,
      classCode: '020000',
    })
    const of = (version: string, deviceId = '101d') =>
      machineFindings({
        ...emptyInventory,
        nic: parseFacts('nic', {
          ...blankFacts('nic'),
          interfaces: [nic('a', '0000:01:00.0', '22.31'), nic('b', '0000:02:00.0', version)],
        }),
        pci: parseFacts('pci', {
          ...blankFacts('pci'),
          functions: [card('0000:01:00.0', '101d'), card('0000:02:00.0', deviceId)],
        }),
      })
    expect(of('22.31')).toEqual([])
    expect(of('22.35', '1021')).toEqual([])
    expect(of('22.35')).toMatchObject([
      { code: 'nic.firmware-mixed', message: expect.stringContaining('22.31 (a), 22.35 (b)') },
    ])
  })

  test('name processors with different microcode', () => {
    const processor = (id: number, microcode: string) => ({
      ...blankItem(cpuFacts.shape.packages),
      id,
      model: 'Xeon',
      microcode,
    })
    const of = (microcode: string) =>
      machineFindings({
        ...emptyInventory,
        cpu: parseFacts('cpu', {
          ...blankFacts('cpu'),
          packages: [processor(0, '0x1'), processor(1, microcode)],
        }),
      })
    expect(of('0x1')).toEqual([])
    expect(of('0x2')).toMatchObject([{ code: 'cpu.microcode-mixed', subject: 'Xeon' }])
  })

  test('are told once where the agent told them already', () => {
    const inventory = {
      ...emptyInventory,
      memory: { ...memory, dimms: without(board(forms.Dell), 'A1') },
    }
    const found = machineFindings(inventory)
    expect(found).toHaveLength(1)
    expect(withMachineFindings(found, inventory)).toEqual(found)
  })
})
