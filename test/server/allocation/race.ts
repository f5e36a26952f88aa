import { World } from '../world.ts'

/** How many races had one winner, two, or none. */
export interface RaceOutcome {
  readonly one: number
  readonly two: number
  readonly none: number
  /** Fencing tokens of the winners rose from race to race. */
  readonly isFenced: boolean
}

/**
 * Two clients want the last machine at the same moment, each by a server of its own on the same
 * store, so that nothing but the store stands between them. The winner gives it back.
 */
export async function raceForTheLastMachine(races: number): Promise<RaceOutcome> {
  const world = await World.start()
  await world.available(1)
  const rival = world.rival()
  const counts = { one: 0, two: 0, none: 0 }
  let token = 0
  let isFenced = true
  const request = {
    roles: [{ name: 'node', count: 1, match: {} }],
    lease: { duration: '1h', hold: '60s' },
  }
  const ask = (service: World['service'], owner: string) =>
    service.allocations.create({ request, confirm: false }, { owner, idempotencyKey: null })
  for (let race = 0; race < races; race++) {
    const answers = await Promise.all([ask(world.service, 'a'), ask(rival, 'b')])
    const won = answers.flatMap(({ allocation }) => (allocation === null ? [] : [allocation]))
    counts[won.length === 1 ? 'one' : won.length === 0 ? 'none' : 'two'] += 1
    for (const { id, machines } of won) {
      const { fencingToken = 0 } = machines[0] ?? {}
      if (fencingToken <= token) isFenced = false
      token = fencingToken
      await world.service.allocations.release(id, 'test')
    }
  }
  await rival.close()
  await world.close()
  return { ...counts, isFenced }
}
