import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemIdFolder } from '../../../server/ids/read-id-lists.ts'
import { rackMachine } from '../web/rack-machine.ts'
import { openApiRig } from './api-rig.ts'
import type { ApiRig } from './api-rig.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
})
afterEach(() => rig.close())

const idOf = (agent: { readonly welcome: { readonly machineId: string } | null }) =>
  agent.welcome?.machineId ?? ''

describe('machines', () => {
  test('are listed, shown and filtered by state, flag and expression', async () => {
    const { world, clients } = rig
    const agent = await world.available(1)
    const id = idOf(agent)
    const { machines } = clients.viewer
    const [machine] = await machines.list()
    expect(machine?.id).toBe(id)
    expect((await machines.get(id)).inventory.cpu).toBeDefined()
    const count = async (query: Parameters<typeof machines.list>[0]) =>
      (await machines.list(query)).length
    expect(await count({ state: ['available'] })).toBe(1)
    expect(await count({ state: ['available', 'error'] })).toBe(1)
    expect(await count({ state: ['error'] })).toBe(0)
    expect(await count({ flag: ['pending'] })).toBe(0)
    const cores = Number(machine?.attributes['cpu.cores'])
    expect(cores).toBeGreaterThan(0)
    expect(await count({ where: [`cpu.cores>=${cores}`] })).toBe(1)
    expect(await count({ where: [`cpu.cores > ${cores}`] })).toBe(0)
    expect(await count({ where: ['cpu.cores>=1', 'memory.size>=1MiB', 'cpu.arch=x86_64'] })).toBe(1)
    expect(await count({ where: ['memory.size<1MiB'] })).toBe(0)
    expect(await count({ where: ['cpu.cores'] })).toBe(1)
    expect(await count({ where: ['label.rack=r1'] })).toBe(0)
    await clients.operator.machines.setLabels(id, { rack: 'r1' })
    expect(await count({ where: ['label.rack=r1'] })).toBe(1)
    expect(await count({ where: ['label.rack~r*', 'label.rack!=r2'] })).toBe(1)
  })

  test('are found by every attribute that one has', async () => {
    const { world, clients } = rig
    const agent = world.agent(rackMachine(1)).connect(world.service)
    await world.until(async () => (await world.machineOf(agent))?.state === 'available')
    const id = idOf(agent)
    await world.available(2)
    const { machines } = clients.viewer
    const { attributes } = await machines.get(id)
    const found = async (where: string) =>
      (await machines.list({ where: [where] })).map((m) => m.id)
    const known = Object.entries(attributes).filter(([, value]) => value !== null)
    expect(known.length).toBeGreaterThan(60)
    for (const [name, value] of known) {
      for (const where of expressionsOf(name, value)) {
        expect({ where, found: await found(where) }).toMatchObject({
          found: expect.arrayContaining([id]),
        })
      }
    }
    expect(await found('gpus.serial=GPU-0001-1')).toEqual([id])
    expect(await found('disks.healthy=false')).toEqual([id])
    expect(await found('nics.firmware>=22.35')).toEqual([id])
    expect(await found('nics.neighbors=leaf-3')).toEqual([id])
    expect(await found('pci.linksNarrow>=1')).toEqual([id])
    expect(await found('disks.size>=1TB')).toEqual([id])
    expect(await found('gpus.serial=GPU-0002-1')).toEqual([])
    await expect(machines.list({ where: ['gpus.seriel=x'] })).rejects.toMatchObject({
      code: 'unprocessable',
    })
  })

  test('tell what the ids of their devices stand for', async () => {
    const { world, clients } = rig
    const agent = world.agent(rackMachine(1)).connect(world.service)
    await world.until(async () => (await world.machineOf(agent))?.state === 'available')
    const { pci, usb } = await clients.viewer.machines.deviceNames(idOf(agent))
    expect(Object.keys(pci)).toContain('0000:41:00.0')
    expect(Object.keys(usb)).toEqual(['1-2'])
    if (existsSync(path.join(systemIdFolder, 'pci.ids'))) {
      expect(pci['0000:41:00.0']).toMatchObject({
        vendor: 'Mellanox Technologies',
        device: 'MT2892 Family [ConnectX-6 Dx]',
        class: 'Ethernet controller',
      })
    }
    await expect(clients.viewer.machines.deviceNames('nobody')).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  test('are not filtered by what is no expression: the nearest name is told', async () => {
    const { machines } = rig.clients.viewer
    await expect(machines.list({ where: ['cpu.core>=4'] })).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringMatching(/cpu\.cores/),
    })
    await expect(machines.list({ where: ['4 >= cpu.cores'] })).rejects.toMatchObject({
      code: 'unprocessable',
    })
    await expect(machines.list({ state: ['broken'] })).rejects.toMatchObject({
      code: 'unprocessable',
    })
  })

  test('are approved, named, labelled and taken out of service by operators', async () => {
    await rig.close()
    rig = await openApiRig({ kind: 'manual' })
    const { world, clients } = rig
    const agent = world.agent(1).connect(world.service)
    await world.until(() => agent.welcome !== null)
    const id = idOf(agent)
    const { machines } = clients.operator
    expect((await machines.get(id)).flags).toContain('pending')
    expect((await machines.approve(id)).flags).not.toContain('pending')
    expect((await machines.setName(id, 'node-1')).name).toBe('node-1')
    expect((await machines.setMaintenance(id, 'new DIMM')).flags).toContain('maintenance')
    expect((await machines.setMaintenance(id, null)).flags).not.toContain('maintenance')
    await expect(machines.setName(id, 'Not A Name')).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringMatching(/body 'name'/),
    })
    await expect(machines.get('nobody')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('are changed only at the generation that If-Match names', async () => {
    const { world, secrets } = rig
    const id = idOf(await world.available(1))
    const authorization = `Bearer ${secrets.operator}`
    const seen = await rig.request(`/v1/machines/${id}`, { headers: { authorization } })
    const etag = seen.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"\d+"$/)
    const name = (value: string, ifMatch: string) =>
      rig.request(`/v1/machines/${id}/name`, {
        method: 'POST',
        headers: { authorization, 'if-match': ifMatch },
        body: JSON.stringify({ name: value }),
      })
    const named = await name('first', etag)
    expect(named.status).toBe(200)
    expect(named.headers.get('etag')).not.toBe(etag)
    expect((await name('second', etag)).status).toBe(412)
    expect((await name('third', '*')).status).toBe(200)
    expect((await name('fourth', 'W/"x"')).status).toBe(400)
  })
})

describe('a request body', () => {
  const post = (body: BodyInit, path = '/v1/allocations') =>
    rig.request(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.secrets.operator}` },
      body,
    })

  test('is refused when it is no JSON, not valid or too long', async () => {
    expect((await post('{')).status).toBe(400)
    expect((await post(new Uint8Array([0xff, 0xfe]))).status).toBe(400)
    const invalid = await post('{"confirm":3}')
    expect(invalid.status).toBe(422)
    expect(invalid.headers.get('content-type')).toBe('application/problem+json')
    expect(await invalid.json()).toMatchObject({ code: 'unprocessable', details: { part: 'body' } })
    expect((await post(`"${'x'.repeat(1024 * 1024)}"`)).status).toBe(413)
  })

  test('with an Idempotency-Key that is none is refused', async () => {
    const response = await rig.request('/v1/allocations', {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.secrets.operator}`, 'idempotency-key': 'a b' },
      body: '{"request":{}}',
    })
    expect(response.status).toBe(400)
  })
})

test('a path that is none is a problem, not a page', async () => {
  const response = await rig.request('/v2/machines')
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code: 'not-found', title: 'Not found' })
})

/** Conditions that a machine with this value of an attribute must meet. */
function expressionsOf(name: string, value: unknown): readonly string[] {
  if (typeof value === 'boolean' || typeof value === 'string') return [name, `${name}=${value}`]
  if (typeof value === 'number') return [name, `${name}=${value}`, `${name}>=${value}`]
  if (!Array.isArray(value)) throw new TypeError(`attribute '${name}' is of no known form`)
  const [first] = value
  if (typeof first === 'string') return [name, `${name}=${first}`]
  const fields = Object.entries(first ?? {}).filter(([, held]) => held !== null)
  return fields.flatMap(([field, held]) => expressionsOf(`${name}.${field}`, held))
}
