// graphile-worker with the settings of its performance page: 24 at once, a local queue of 500, batched completions.

import { Logger, makeWorkerUtils, run as start } from 'graphile-worker'
import { ran, run } from './drive.mjs'

const logger = new Logger(() => () => {})
const taskList = { noop: async ({ n }) => ran(n) }
const preset = {
  worker: {
    concurrentJobs: 24,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
}

run({
  setup: async (connectionString) => {
    const utils = await makeWorkerUtils({ connectionString, logger })
    await utils.migrate()
    await utils.release()
  },
  connect: async (connectionString) => {
    const utils = await makeWorkerUtils({ connectionString, logger, maxPoolSize: 16 })
    let runner
    return {
      enqueue: (n) => utils.addJob('noop', { n }),
      bulk: (ns, delay) => {
        const runAt = delay ? new Date(Date.now() + delay * 1000) : undefined
        return utils.addJobs(ns.map((n) => ({ identifier: 'noop', payload: { n }, runAt })))
      },
      work: async () => {
        runner = await start({
          connectionString,
          logger,
          preset,
          taskList,
          noHandleSignals: true,
        })
      },
      stop: () => runner.stop(),
      close: () => utils.release(),
    }
  },
})
