import type { Database } from 'bun:sqlite'
import { tokenRecordSchema } from '../records.ts'
import type { TokenRecord } from '../records.ts'
import type { TokenStore } from '../store.ts'

const columns = `id, name, role, tenant, secret_hash as secretHash, created_at_ms as createdAtMs,
  expires_at_ms as expiresAtMs, revoked_at_ms as revokedAtMs, last_used_at_ms as lastUsedAtMs`

/** API tokens in the table `tokens`. */
export function sqliteTokens(database: Database): TokenStore {
  const find = (column: 'id' | 'secret_hash', value: string): TokenRecord | null => {
    const row = database
      .query<unknown, [string]>(`select ${columns} from tokens where ${column} = ?`)
      .get(value)
    return row === null ? null : tokenRecordSchema.parse(row)
  }
  return {
    createToken: async (token) => {
      database
        .query(
          `insert into tokens (id, name, role, tenant, secret_hash, created_at_ms, expires_at_ms,
             revoked_at_ms, last_used_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          token.id,
          token.name,
          token.role,
          token.tenant,
          token.secretHash,
          token.createdAtMs,
          token.expiresAtMs,
          token.revokedAtMs,
          token.lastUsedAtMs,
        )
    },
    token: async (id) => find('id', id),
    tokenByHash: async (secretHash) => find('secret_hash', secretHash),
    tokens: async () =>
      database
        .query<unknown, []>(`select ${columns} from tokens order by created_at_ms, id`)
        .all()
        .map((row) => tokenRecordSchema.parse(row)),
    revokeToken: async (id, atMs) => {
      database
        .query('update tokens set revoked_at_ms = ? where id = ? and revoked_at_ms is null')
        .run(atMs, id)
      return find('id', id)
    },
    touchToken: async (id, atMs) => {
      database.query('update tokens set last_used_at_ms = ? where id = ?').run(atMs, id)
    },
  }
}
