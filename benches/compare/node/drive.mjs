// The same as the library `drive`, for peers in Node: reads a task, times what is to be timed, answers in lines of JSON.

const say = (event) => process.stdout.write(JSON.stringify(event) + '\n')
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1000)
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const inputEnded = () =>
  new Promise((done) => {
    process.stdin.on('end', done)
    process.stdin.resume()
  })

// Jobs are numbered from 0; greater numbers are the time of the enqueue.
const NUMBERS = 1 << 24
const seen = new Set()
const began = []
const waited = []
let count = 0
let twice = 0
let expected = Infinity

export function ran(n) {
  const at = now()
  if (n >= NUMBERS) {
    waited.push(at - n)
  } else {
    if (seen.has(n)) twice++
    seen.add(n)
    if (expected <= 5000) began.push([n, at])
  }
  if (++count === expected) say({ event: 'ran', at })
}

const summary = () => say({ event: 'began', times: began, count, twice })
const done = (n, from) => say({ event: 'done', count: n, seconds: (performance.now() - from) / 1000 })

// A peer has `setup(url)`, `connect(url)`, and what that gives has `enqueue(n)`, `bulk(ns, delay_s)`, `work()`,
// `stop()` and `close()`.
export async function main(peer) {
  const [url, text] = process.argv.slice(2)
  const task = JSON.parse(text)
  if (task.do === 'setup') {
    await peer.setup(url)
    say({ event: 'done', count: 0, seconds: 0 })
    return
  }
  const it = await peer.connect(url)
  const from = performance.now()
  if (task.do === 'single') {
    const caller = async (first) => {
      for (let n = first; n < task.n; n += task.callers) await it.enqueue(n)
    }
    await Promise.all(Array.from({ length: task.callers }, (_, first) => caller(first)))
    done(task.n, from)
  } else if (task.do === 'bulk') {
    for (let first = 0; first < task.n; first += 1000) {
      const length = Math.min(1000, task.n - first)
      await it.bulk(Array.from({ length }, (_, n) => first + n), task.delay_s)
    }
    done(task.n, from)
  } else if (task.do === 'work') {
    expected = task.expect
    const at = now()
    await it.work()
    say({ event: 'working', at })
    await inputEnded()
    await it.stop()
    summary()
  } else if (task.do === 'paced') {
    expected = task.n
    if (task.work) await it.work()
    await sleep(1000)
    const times = []
    for (let n = 0; n < task.n; n++) {
      const called = now()
      await it.enqueue(n)
      times.push([n, called, now()])
      await sleep(task.gap_ms)
    }
    say({ event: 'enqueued', times })
    if (task.work) {
      await inputEnded()
      await it.stop()
      summary()
    }
  } else {
    say({ event: 'failed', why: `no task ${task.do} in Node` })
  }
  await it.close()
}

export const run = (peer) =>
  main(peer).then(
    () => process.exit(0),
    (error) => {
      say({ event: 'failed', why: String(error) })
      process.exit(1)
    }
  )
