/**
 * A word that Slurm takes in a name, a type or a feature: what else there is becomes `_`, the case
 * is dropped. The same text always gives the same word.
 */
export function slurmWord(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '_')
    .replaceAll(/^[_.-]+|[_.-]+$/g, '')
}
