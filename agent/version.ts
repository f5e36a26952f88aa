import packageJson from '../package.json' with { type: 'json' }

/** The agent's version: the package's. */
export const agentVersion: string = packageJson.version
