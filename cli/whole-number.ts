import { AppError } from '../protocol/errors.ts'

/** What an option says where it wants a whole number, `least` or more. Throws `bad-request`. */
export function wholeNumber(option: string, text: string, least = 0): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (number >= least) return number
  const wanted = least === 0 ? 'a whole number' : `a whole number from ${least}`
  throw new AppError('bad-request', `${option} '${text}' is not ${wanted}`)
}

/** The same for an option that need not be there. */
export function optionalNumber(
  option: string,
  text: string | undefined,
  least = 0,
): number | undefined {
  return text === undefined ? undefined : wholeNumber(option, text, least)
}
