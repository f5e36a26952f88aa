import { Dice, HistoryWorld } from './history-world.ts'
import { History } from './run-history.ts'

/** Lives a history on a file until it is killed: `FILE SEED START_MS`. A line for each step. */
const [file = '', seed = '0', startMs = '0'] = process.argv.slice(2)
const lived = await HistoryWorld.open(file, Number(startMs), 4)
const history = new History(lived, new Dice(Number(seed)))
for (let step = 0; ; step++) {
  await history.step()
  process.stdout.write(`${step}\n`)
}
