import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrorCode } from '../error-code.ts'
import { type IdList, noIds, parseIdList } from './id-list.ts'

/** The lists of the server. */
export interface IdLists {
  readonly pci: IdList
  readonly usb: IdList
}

/** Lists of nothing. */
export const noIdLists: IdLists = { pci: noIds, usb: noIds }

/** Where Debian's packages put their lists, which the system keeps newer than a build can. */
export const systemIdFolder = '/usr/share/misc'

/** Names of the files. */
export const idListNames = ['pci.ids', 'usb.ids'] as const

/**
 * Reads `pci.ids` and `usb.ids`, each from the first of `folders` that has it. One that is nowhere
 * costs names, nothing else.
 */
export async function readIdLists(folders: readonly string[]): Promise<IdLists> {
  const [pci, usb] = await Promise.all([read(folders, 'pci.ids'), read(folders, 'usb.ids')])
  return { pci, usb }
}

async function read(folders: readonly string[], name: string): Promise<IdList> {
  for (const folder of folders) {
    try {
      return parseIdList(await readFile(join(folder, name), 'utf8'))
    } catch (error) {
      if (!isErrorCode(error, 'ENOENT')) throw error
    }
  }
  return noIds
}
