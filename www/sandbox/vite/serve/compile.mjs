// Runs once while the image is made: starts the bundle, lets it do everything
// that it does in a sandbox, and has it keep the code that was compiled.
//   node compile.mjs ROOT
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync,
  writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [root] = process.argv.slice(2)
const here = fileURLToPath(new URL('.', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'compile-'))
const appSocket = join(place, 'app.sock')
const judgeSocket = join(place, 'judge.sock')
const entry = 'src/LLMComponent.tsx'

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

async function apply(change) {
  const folder = join(root, '.candidate/compile')
  mkdirSync(folder)
  cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true })
  const file = join(folder, entry)
  writeFileSync(file, change(readFileSync(file, 'utf8')))
  return ask(`apply ${folder}`)
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

async function page(path) {
  const request = get({ socketPath: appSocket, path })
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  if (response.statusCode !== 200)
    throw new Error(`${path}: ${response.statusCode}`)
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

const before = readFileSync(join(root, entry), 'utf8')
for (const path of ['/', '/src/main.tsx', `/${entry}`, '/src/index.css'])
  await page(path)
const bad = await apply((text) => `import { Nothing } from 'lucide-react'\n`
  + `import './Nowhere'\n${text}\nvoid Nothing\n`)
const good = await apply((text) => `import { Heart } from 'lucide-react'\n`
  + `${text}\nvoid Heart\n`)
if (!await freeze()) throw new Error('the app cannot be frozen')
const back = await apply(() => before)
if (bad.ok || !good.ok || !back.ok)
  throw new Error(`the judge errs: ${JSON.stringify([bad, good, back])}`)

node.kill('SIGUSR2')
const [status] = await ended
if (status !== 0 || !existsSync(join(here, 'bundle.cjs.compiled')))
  throw new Error('no compiled code was kept')
