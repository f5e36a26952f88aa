/** What a request may hold, each limit with its reason. */
export const requestLimits = {
  /** Sets of roles are searched for the one that starves: 2^roles. */
  roles: 16,
  /** Machines of one role. */
  count: 4096,
  /** Alternatives of one role; all roles together may have 64 combinations. */
  alternatives: 8,
  combinations: 64,
  /** Machines named to be used or left out. */
  machines: 4096,
  /** Levels of a distance. */
  levels: 8,
  /** Profiles a profile extends, and how deep. */
  profiles: 16,
  /** Gangs of one profile that are kept room for. */
  gangs: 8,
  /** Characters, nodes and list items of a CEL expression, and macros inside each other. */
  celLength: 10_240,
  celNodes: 200,
  celMacros: 2,
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
  /** Longest wait in the queue. */
  waitSeconds: 90 * 86_400,
  /** Longest notice before the end of a lease, and longest grace after it. */
  noticeSeconds: 7 * 86_400,
  /** Highest priority: more than two days of waiting would be a wall, not a priority. */
  priority: 48,
} as const
