import { AppError } from '../../protocol/errors.ts'
import { challengeTranscript, proofTranscript } from '../../protocol/messages.ts'
import type { AgentMessage, Challenge, Hello } from '../../protocol/messages.ts'
import { verifySignature } from '../../protocol/signing.ts'
import type { SigningKey } from '../../protocol/signing.ts'

/**
 * Checks that a challenge is by a command key this agent was built to trust, over this very hello.
 * TLS has already pinned the server's CA; this pins the key that later signs commits. Throws an
 * {@link AppError} that says which of the two is wrong.
 */
export function checkChallenge(
  hello: Hello,
  challenge: Challenge,
  commandKeys: readonly string[],
): void {
  if (!commandKeys.includes(challenge.publicKey)) {
    throw new AppError(
      'forbidden',
      `server's command key ${challenge.publicKey.slice(0, 16)}... is not one this agent trusts; boot files and server belong to different installations`,
    )
  }
  const transcript = challengeTranscript(hello, challenge)
  if (
    !verifySignature(challenge.publicKey, 'assay.challenge.v1', transcript, challenge.signature)
  ) {
    throw new AppError('forbidden', "server's challenge is not signed over this agent's hello")
  }
}

/** The agent's answer: its boot key over hello and challenge. */
export function prove(key: SigningKey, hello: Hello, challenge: Challenge): AgentMessage {
  return {
    kind: 'proof',
    signature: key.sign('assay.proof.v1', proofTranscript(hello, challenge)),
  }
}
