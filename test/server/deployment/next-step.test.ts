import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandStates } from '../../../protocol/states.ts'
import {
  absencePatienceSeconds,
  commandPatienceSeconds,
  nextStep,
  resumptions,
} from '../../../server/deployment/next-step.ts'
import type { DeploymentSituation } from '../../../server/deployment/next-step.ts'
import { commandRecord, deploymentRecord } from '../store/records.ts'

const deployment = { ...deploymentRecord('d1', 'm1', 'a1'), attempt: 1, commandId: 'c1' }
const command = commandRecord('c1', 'm1', { sessionId: 's1' })
const agent = { resumed: null, progressAtMs: 0 }

function situation(changes: Partial<DeploymentSituation>): DeploymentSituation {
  return {
    nowMs: 1000,
    deployment,
    command,
    sessionId: 's1',
    agent,
    goneSinceMs: null,
    attemptsMaximum: 3,
    ...changes,
  }
}

const signed = (notAfter: number) => ({
  payload: {
    machineId: 'm1',
    sessionId: 's1',
    epoch: 1,
    commandId: 'c1',
    diskDigest: 'd'.repeat(64),
    planDigest: 'e'.repeat(64),
    evidenceDigest: 'f'.repeat(64),
    notAfter,
  },
  signature: '0'.repeat(128),
})

describe('nextStep', () => {
  it('begins when the agent is there, not before its time, and not too often', () => {
    const none = { command: null, deployment: { ...deployment, state: 'waiting' } } as const
    expect(nextStep(situation(none)).kind).toBe('begin')
    expect(nextStep(situation({ ...none, agent: null })).kind).toBe('wait')
    const later = { ...none, deployment: { ...none.deployment, notBeforeMs: 2000 } }
    expect(nextStep(situation(later)).kind).toBe('wait')
    const last = { ...none, deployment: { ...none.deployment, attempt: 3, error: 'disk is odd' } }
    expect(nextStep(situation(last))).toMatchObject({
      kind: 'give-up',
      reason: '3 attempts failed, the last: disk is odd',
    })
  })

  it.each([
    ['preparing', 'drop'],
    ['prepared', 'drop'],
    ['authorized', 'lose'],
    ['started', 'lose'],
    ['verified', 'lose'],
  ] as const)('ends a command that is %s by %s when the machine booted again', (state, kind) => {
    const changed = { command: { ...command, state }, sessionId: 's2' }
    expect(nextStep(situation(changed)).kind).toBe(kind)
  })

  it.each([
    ['preparing', 'drop'],
    ['authorized', 'lose'],
    ['started', 'lose'],
    ['verified', 'lose'],
  ] as const)('ends a command that is silently %s by %s after its patience', (state, kind) => {
    const patienceMs = commandPatienceSeconds[state] * 1000
    const silent = { command: { ...command, state, touchedAtMs: 0 } }
    expect(nextStep(situation({ ...silent, nowMs: patienceMs })).kind).toBe('wait')
    expect(nextStep(situation({ ...silent, nowMs: patienceMs + 1 })).kind).toBe(kind)
    const busy = { ...agent, progressAtMs: patienceMs }
    expect(nextStep(situation({ ...silent, nowMs: patienceMs + 1, agent: busy })).kind).toBe('wait')
  })

  it('waits for an absent agent, but not for ever', () => {
    const absent = { command: { ...command, state: 'started' }, agent: null } as const
    const patienceMs = absencePatienceSeconds * 1000
    const gone = { ...absent, goneSinceMs: 0 }
    expect(nextStep(situation({ ...gone, nowMs: patienceMs })).kind).toBe('wait')
    expect(nextStep(situation({ ...gone, nowMs: patienceMs + 1 })).kind).toBe('lose')
  })

  it('does as its table says after a broken link', () => {
    for (const [state, row] of Object.entries(resumptions)) {
      const isState = (name: string): name is keyof typeof resumptions => name === state
      const known = commandStates.find(isState)
      if (known === undefined) throw new Error(`'${state}' is no state of a command`)
      for (const [phase, wanted] of Object.entries(row)) {
        const said = phases.find((name) => name === phase)
        const resumed = { command: said === undefined ? null : { commandId: 'c1', phase: said } }
        const step = nextStep(
          situation({
            command: { ...command, state: known, commit: signed(5000) },
            agent: { ...agent, resumed },
          }),
        )
        const authorizes = known === 'prepared' && wanted === 'wait'
        expect(step.kind, `${state} x ${phase}`).toBe(authorizes ? 'authorize' : wanted)
      }
    }
  })

  it('sends a commit again only while it is valid', () => {
    const resumed = { command: { commandId: 'c1', phase: 'prepared' } } as const
    const at = (notAfter: number) =>
      nextStep(
        situation({
          command: { ...command, state: 'authorized', commit: signed(notAfter) },
          agent: { ...agent, resumed },
        }),
      ).kind
    expect(at(1001)).toBe('send-commit')
    expect(at(1000)).toBe('drop')
  })

  it('never allows a write for a boot other than the one that prepared it', () => {
    const phase = fc.constantFrom(...phases)
    fc.assert(
      fc.property(
        fc.constantFrom(...commandStates),
        fc.option(phase),
        fc.boolean(),
        fc.nat(10_000_000),
        (state, said, connected, nowMs) => {
          const resumed = said === null ? null : { command: { commandId: 'c1', phase: said } }
          const step = nextStep(
            situation({
              nowMs,
              command: { ...command, state, commit: signed(nowMs + 1) },
              sessionId: 's2',
              agent: connected ? { ...agent, resumed } : null,
            }),
          )
          expect(['wait', 'drop', 'lose']).toContain(step.kind)
        },
      ),
    )
  })
})

const phases = ['preparing', 'prepared', 'started', 'verified', 'done', 'failed'] as const
