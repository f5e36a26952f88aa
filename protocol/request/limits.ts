/** What a request may hold, each limit with its reason. */
export const requestLimits = {
  /** Sets of roles are searched for the one that starves: 2^roles. */
  roles: 16,
  /** Machines of one role. */
  count: 4096,
  /** Conditions of all roles together, values of lists counted: each is checked on every machine. */
  clauses: 200,
  /** `and`, `or`, `not` and `where` inside each other. */
  depth: 20,
  /** Values of one `in`. */
  listLength: 64,
  /** A text, a pattern, a name. */
  textLength: 256,
  constraints: 16,
  prefer: 16,
  labels: 32,
  /** A request as text. */
  textBytes: 64 * 1024,
  /** Longest lease: a year. */
  durationSeconds: 366 * 86_400,
  /** Longest time between reservation and confirmation. */
  holdSeconds: 86_400,
} as const
