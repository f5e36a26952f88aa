/** What stands in the request field: kept in this browser until it is written over. */
const key = 'assay-request'

export function storedDraft(): string {
  return window.localStorage.getItem(key) ?? exampleRequest
}

export function storeDraft(text: string): void {
  window.localStorage.setItem(key, text)
}

export const exampleRequest = `# Two servers in one rack for a day, those with the fastest memory first.
roles:
  - name: worker
    count: 2
    match:
      cpu.cores: { gte: 16 }
      memory.size: { gte: 60GiB }
    prefer:
      - { attribute: bench.memory.triad, order: high }
constraints:
  - { kind: same, level: rack }
lease: { duration: 24h }
`
