// pg-boss: batches of 10,000, and as often as it can poll (each half second).

import PgBoss from 'pg-boss'
import { ran, run } from './drive.mjs'

const QUEUE = 'noop'

const boss = async (connectionString) => {
  const boss = new PgBoss({ connectionString, max: 16 })
  boss.on('error', () => {})
  await boss.start()
  return boss
}

run({
  setup: async (url) => {
    const it = await boss(url)
    await it.createQueue(QUEUE)
    await it.stop({ graceful: false })
  },
  connect: async (url) => {
    const it = await boss(url)
    return {
      enqueue: (n) => it.send(QUEUE, { n }),
      bulk: (ns, delay) =>
        it.insert(ns.map((n) => ({ name: QUEUE, data: { n }, ...(delay ? { startAfter: delay } : {}) }))),
      work: () =>
        it.work(QUEUE, { batchSize: 10_000, pollingIntervalSeconds: 0.5 }, async (jobs) => {
          for (const job of jobs) ran(job.data.n)
        }),
      stop: () => it.offWork(QUEUE),
      close: () => it.stop({ graceful: false }),
    }
  },
})
