import pino from 'pino'

/** Values beside a log line, for machines to read. Never a secret. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where the server writes down what happens. The message is for people, the fields for search. */
export interface Logger {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** One JSON object a line on `destination`: a file descriptor, 2 for standard error. */
export function jsonLogger(destination: number): Logger {
  const log = pino({ base: null }, pino.destination({ dest: destination, sync: true }))
  return {
    info: (message, fields = {}) => log.info(fields, message),
    warn: (message, fields = {}) => log.warn(fields, message),
    error: (message, fields = {}) => log.error(fields, message),
  }
}

/** Drops everything: for tests and tools that show events themselves. */
export const silentLogger: Logger = { info() {}, warn() {}, error() {} }
