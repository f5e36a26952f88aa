import type { Clock } from '../protocol/effects.ts'
import { AppError, errorChain } from '../protocol/errors.ts'
import { diskDigest, evidenceDigest, planDigest, verifyCommit } from '../protocol/deployment.ts'
import type { DeployPlan, PrepareEvidence, SignedCommit } from '../protocol/deployment.ts'
import type { Report, ReportBody, Resume, Welcome } from '../protocol/messages.ts'
import type { Imager } from './imaging/imager.ts'
import { WriteError } from './imaging/write-image.ts'

export interface DeployerDeps {
  readonly clock: Clock
  readonly imager: Imager
  readonly commandKeys: readonly string[]
  /** The session as the server last confirmed it; null before. */
  welcome(): Welcome | null
  /** Server time in milliseconds: the machine's own clock is not trusted. */
  serverNow(): number
  report(body: ReportBody): void
  log(text: string): void
}

type Phase = NonNullable<Resume['command']>['phase']
type FailedStep = Extract<Report, { kind: 'failed' }>['step']

interface Command {
  readonly commandId: string
  readonly epoch: number
  readonly plan: DeployPlan
  readonly abort: AbortController
  readonly head: PromiseWithResolvers<void>
  phase: Phase
  evidence: PrepareEvidence | null
}

/**
 * The one destructive command a boot carries out: prepare -> commit -> write -> verified -> continue
 * -> done. A command is started at most once; epochs only rise; a commit counts for exactly this
 * machine, boot session, epoch, disk, plan and evidence (promise P2). What is refused is told to the
 * server and writes nothing.
 */
export class Deployer {
  readonly #deps: DeployerDeps
  #command: Command | null = null
  #highestEpoch = -1

  constructor(deps: DeployerDeps) {
    this.#deps = deps
  }

  /** For `resume`: the command this boot knows of and how far it came. */
  current(): Resume['command'] {
    if (this.#command === null) return null
    return { commandId: this.#command.commandId, phase: this.#command.phase }
  }

  async prepare(commandId: string, epoch: number, plan: DeployPlan): Promise<void> {
    const known = this.#command
    if (known?.commandId === commandId) return
    if (known?.phase === 'started' || known?.phase === 'verified') {
      return this.#refuse(commandId, 'prepare', `command ${known.commandId} is being carried out`)
    }
    if (epoch <= this.#highestEpoch) {
      const reason = `epoch ${epoch} is not above ${this.#highestEpoch}, which this boot has seen`
      return this.#refuse(commandId, 'prepare', reason)
    }
    known?.abort.abort(new AppError('conflict', `command ${commandId} replaces it`))
    this.#highestEpoch = epoch
    const command: Command = {
      commandId,
      epoch,
      plan,
      abort: new AbortController(),
      head: Promise.withResolvers(),
      phase: 'preparing',
      evidence: null,
    }
    command.head.promise.catch(() => undefined)
    this.#command = command
    try {
      command.evidence = await this.#deps.imager.prepare(plan, command.abort.signal)
      command.phase = 'prepared'
      this.#deps.report({ kind: 'prepared', commandId, evidence: command.evidence })
    } catch (error) {
      this.#fail(command, 'prepare', false, error)
    }
  }

  async commit(signed: SignedCommit): Promise<void> {
    const { commandId } = signed.payload
    const command = this.#command
    if (command === null || command.phase !== 'prepared' || command.evidence === null) {
      const state =
        command === null ? 'no command' : `command ${command.commandId} '${command.phase}'`
      return this.#finding(`commit for command ${commandId} refused: this boot holds ${state}`)
    }
    const { evidence } = command
    try {
      this.#verify(command, evidence, signed)
    } catch (error) {
      this.#finding(`commit for command ${commandId} refused: ${errorChain(error)}`)
      return this.#fail(command, 'commit', false, error)
    }
    await this.#write(command, evidence)
  }

  /** The server confirms that the command is still wanted. */
  continue(commandId: string): void {
    if (this.#command?.commandId === commandId) this.#command.head.resolve()
  }

  abort(commandId: string, reason: string): void {
    const command = this.#command
    if (command?.commandId !== commandId) return
    const error = new AppError('conflict', `server aborted the command: ${reason}`)
    command.abort.abort(error)
    command.head.reject(error)
    if (command.phase === 'prepared') this.#fail(command, 'prepare', false, error)
  }

  #verify(command: Command, evidence: PrepareEvidence, signed: SignedCommit): void {
    const welcome = this.#deps.welcome()
    if (welcome === null || !welcome.approved) {
      throw new AppError('forbidden', 'this machine is not approved')
    }
    const expected = {
      machineId: welcome.machineId,
      sessionId: welcome.session,
      epoch: command.epoch,
      commandId: command.commandId,
      diskDigest: diskDigest(command.plan.disk),
      planDigest: planDigest(command.plan),
      evidenceDigest: evidenceDigest(evidence),
    }
    verifyCommit(signed, this.#deps.commandKeys, expected, this.#deps.serverNow())
  }

  async #write(command: Command, evidence: PrepareEvidence): Promise<void> {
    const { clock, imager } = this.#deps
    const { commandId } = command
    const report = (body: ReportBody) => this.#deps.report(body)
    const startedAt = clock.monotonic()
    command.phase = 'started'
    report({ kind: 'started', commandId })
    try {
      const { bytesWritten } = await imager.write(command.plan, evidence, {
        onProgress: (progress) => report({ kind: 'progress', commandId, progress }),
        confirmHead: async () => {
          command.phase = 'verified'
          report({ kind: 'verified', commandId })
          await command.head.promise
        },
        signal: command.abort.signal,
      })
      command.phase = 'done'
      const elapsedSeconds = (clock.monotonic() - startedAt) / 1000
      report({ kind: 'done', commandId, elapsedSeconds, bytesWritten })
    } catch (error) {
      const { step, touched } =
        error instanceof WriteError ? error : ({ step: 'write', touched: true } as const)
      this.#fail(command, step, touched, error)
    }
  }

  #fail(command: Command, step: FailedStep, touched: boolean, error: unknown): void {
    if (command.phase === 'failed') return
    command.phase = 'failed'
    const reason = errorChain(error).slice(0, 4000)
    this.#deps.log(`command ${command.commandId} failed: ${reason}`)
    if (this.#command !== command) return
    this.#deps.report({ kind: 'failed', commandId: command.commandId, step, touched, reason })
  }

  #refuse(commandId: string, step: FailedStep, reason: string): void {
    this.#deps.log(`command ${commandId} refused: ${reason}`)
    this.#deps.report({ kind: 'failed', commandId, step, touched: false, reason })
  }

  #finding(message: string): void {
    this.#deps.log(message)
    const finding = {
      code: 'commit-refused',
      severity: 'error',
      subject: 'agent',
      message,
    } as const
    this.#deps.report({ kind: 'finding', finding })
  }
}
