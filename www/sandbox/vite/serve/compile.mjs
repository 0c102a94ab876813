// Runs once while the image is made: starts the bundle, lets it do everything
// that it does in a sandbox, and has it keep the code that was compiled.
//   node compile.mjs ROOT
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rehearse } from './rehearse.mjs'

const [root] = process.argv.slice(2)
const here = fileURLToPath(new URL('.', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'compile-'))
const appSocket = join(place, 'app.sock')
const judgeSocket = join(place, 'judge.sock')

function ask(line) {
  return new Promise((resolve, reject) => {
    const socket = connect(judgeSocket)
    let answer = ''
    socket.on('error', reject)
    socket.on('data', (data) => {
      answer += data
      if (!answer.endsWith('\n')) return
      socket.end()
      resolve(JSON.parse(answer))
    })
    socket.write(`${line}\n`)
  })
}

/** Freezes the app; how many files that makes. */
function freeze() {
  return new Promise((resolve, reject) => {
    const socket = connect(judgeSocket)
    let answer = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('data', (data) => {
      answer = Buffer.concat([answer, data])
      if (answer.length < 8 || answer.length < 4 + answer.readUInt32LE(0)) return
      socket.end()
      resolve(answer.readUInt32LE(4))
    })
    socket.write('freeze /compile/\n')
  })
}

const node = spawn(process.execPath, [join(here, 'serve.mjs')], {
  cwd: root,
  env: { ...process.env, CARREL_KEEP_COMPILED: '1', CARREL_READY_FD: '3',
    CARREL_APP_SOCK: appSocket, CARREL_JUDGE_SOCK: judgeSocket },
  stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
})
const ended = once(node, 'exit')
await Promise.race([once(node.stdio[3], 'data'), ended.then(() => {
  throw new Error('serve.mjs ended before it was ready')
})])

await rehearse(root, appSocket, ask, freeze)

node.kill('SIGUSR2')
const [status] = await ended
if (status !== 0 || !existsSync(join(here, 'bundle.cjs.compiled')))
  throw new Error('no compiled code was kept')
