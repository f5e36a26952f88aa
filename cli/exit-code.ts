import { CommanderError } from 'commander'
import { AppError, DecodeError } from '../protocol/errors.ts'

/** What the command tells its caller; the help prints this table. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  'no match': 3,
  unreachable: 4,
  refused: 5,
  'not found': 6,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeHelp = `
Exit codes:
  0  done
  1  the server refused the step, or something failed
  2  the command line is not understood
  3  no machines match the request
  4  the server cannot be reached
  5  no token, or one that may not do this
  6  no such machine, allocation, image or token

Settings, the first that is there:
  --server, --token    options
  ASSAY_SERVER, ASSAY_TOKEN
  config file          ~/.config/assay/config.yaml with 'server: http://host:port', 'token: ...'
  http://127.0.0.1:7080

A machine is named by its id or the beginning of it, its name, or its serial number.`

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  if (error instanceof AppError) return appErrorCode(error)
  // Only what was written on the command line is read here: answers are the client's to read.
  if (error instanceof DecodeError) return exitCodes.usage
  const isUnreachable = error instanceof Error && error.message.startsWith('cannot reach ')
  return isUnreachable ? exitCodes.unreachable : exitCodes.failed
}

function appErrorCode({ code }: AppError): ExitCode {
  switch (code) {
    case 'bad-request':
      return exitCodes.usage
    case 'unauthenticated':
    case 'forbidden':
      return exitCodes.refused
    case 'not-found':
      return exitCodes['not found']
    case 'conflict':
    case 'precondition-failed':
    case 'too-large':
    case 'unprocessable':
    case 'too-many-requests':
    case 'unavailable':
      return exitCodes.failed
  }
}
