/** Every limit of the wire and of what a machine may say, each with its reason. */
export const limits = {
  /** A frame of a proven session. The largest facts (a PCI tree of 2,000 functions) are 600 KiB. */
  frameBytes: 1024 * 1024,
  /** A frame before proof. A hello with 64 MAC addresses is 3 KiB. */
  unprovenFrameBytes: 64 * 1024,
  /** Messages before proof: hello and proof, and one to spare. */
  unprovenMessages: 3,
  /** From connection to proof. A slow machine under emulation needs about one second. */
  proofSeconds: 20,
  /** Sessions that have connected and not proven, over the whole server. */
  unprovenSessions: 1024,
  cborDepth: 32,
  cborItems: 200_000,
  /** Ping interval both ways; after two silent intervals the link is dead. */
  heartbeatSeconds: 10,
  /** Bytes queued in a socket before its peer counts as stalled and is cut. */
  bufferedBytes: 8 * 1024 * 1024,
  /** Messages an agent keeps until they are acknowledged: a whole inspection is under 2,000. */
  outboxMessages: 20_000,
  outboxBytes: 64 * 1024 * 1024,
  /** Messages and bytes a second a session may send, on average over ten seconds. */
  messagesPerSecond: 500,
  bytesPerSecond: 16 * 1024 * 1024,
  /** Characters of one text from a machine (a serial, a name, a log line). */
  textLength: 4096,
  /** Findings and log lines kept for a machine's inspection. */
  findingsPerInspection: 1000,
  /** A signed commit is valid for this long: long enough to arrive, too short to be kept. */
  commitSeconds: 120,
  /** Deployments tried for one machine of an allocation before it is an error. */
  deploymentAttempts: 3,
  /** API request body. */
  bodyBytes: 1024 * 1024,
} as const
