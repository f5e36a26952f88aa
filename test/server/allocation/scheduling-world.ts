import type { Allocation } from '../../../protocol/api.ts'
import type { AgentDouble } from '../agent-double.ts'
import { requestFor, World } from '../world.ts'

/** A world with what a test of scheduling says often. */
export class SchedulingWorld extends World {
  static override async start(): Promise<SchedulingWorld> {
    const world = new SchedulingWorld()
    await world.service.start()
    return world
  }

  /** Machines 1 to `count`, available. */
  async machines(count: number): Promise<readonly AgentDouble[]> {
    const agents: AgentDouble[] = []
    for (let n = 1; n <= count; n++) agents.push(await this.available(n))
    return agents
  }

  /** Asks for machines without an image, for a tenant. */
  ask(
    tenant: string,
    count: number | { readonly min: number; readonly max: number },
    lease: Readonly<Record<string, unknown>> = {},
    options: Readonly<Record<string, unknown>> = {},
  ) {
    const request = requestFor(1, {
      image: undefined,
      roles: [{ name: 'node', count, match: { 'cpu.cores': { gte: 2 } } }],
      lease: { duration: '1h', ...lease },
    })
    return this.service.allocations.create(
      { request, ...options },
      { owner: tenant, tenant, idempotencyKey: null },
    )
  }

  /** The same, and it must have come to an allocation. */
  async take(...order: Parameters<SchedulingWorld['ask']>): Promise<Allocation> {
    const { allocation, explanation } = await this.ask(...order)
    if (allocation === null) throw new Error(explanation.summary)
    return allocation
  }

  async stateOf({ id }: Pick<Allocation, 'id'>): Promise<Allocation['state']> {
    return (await this.service.allocations.get(id)).state
  }

  /** Moves time on, a second at a time so that sweeps run, with agents that stay connected. */
  async wait(seconds: number, agents: readonly AgentDouble[] = []): Promise<void> {
    const heartbeat = { kind: 'heartbeat', uptimeSeconds: 1, residentSizeBytes: 1, telemetry: null }
    for (let passed = 0; passed < seconds; passed += 10) {
      for (const agent of agents) {
        if (agent.closed === null) agent.sendRaw(heartbeat)
        else agent.connect(this.service)
      }
      await this.pass(Math.min(10, seconds - passed))
    }
  }
}
