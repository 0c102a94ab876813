// The program of an app's sandbox: Vite's development server behind a unix
// socket, and the judge of new versions behind another.
//   CARREL_APP_ROOT    the project (default: the current folder)
//   CARREL_APP_SOCK    where pages are served (/run/vite/app.sock)
//   CARREL_JUDGE_SOCK  where candidates are judged (/run/vite/judge.sock)
//   CARREL_READY_FD    gets "ready\n" once a page would be served
import { createServer as createHttpServer } from 'node:http'
import { closeSync, rmSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'
import { viteConfig } from './config.mjs'
import { Judge } from './judge.mjs'
import { serveLines } from './lines.mjs'
import { carrelPlugins } from './plugin.mjs'
import { rehearse } from './rehearse.mjs'

const root = process.env.CARREL_APP_ROOT ?? process.cwd()
const appSocket = process.env.CARREL_APP_SOCK ?? '/run/vite/app.sock'
const judgeSocket = process.env.CARREL_JUDGE_SOCK ?? '/run/vite/judge.sock'
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

// What the first page asks for: ready before it comes.
const first = ['/src/main.tsx', '/src/LLMComponent.tsx', '/src/index.css',
  '/@vite/client', '/@react-refresh', '/@carrel/bridge.js']
const idleMs = 2000

async function main() {
  const judge = new Judge(root, here('.'))
  const http = createHttpServer()
  const server = await createServer(viteConfig(root, {
    http,
    plugins: carrelPlugins(root, judge),
  }))
  judge.attach(server)
  http.on('request', server.middlewares)

  const { client } = server.environments
  await Promise.all(first.map((url) => client.transformRequest(url)
    .catch((error) => console.error(`${url}: ${error.message}`))))

  rmSync(appSocket, { force: true })
  await new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(appSocket, resolve)
  })
  // A sandbox that nobody has anything for is the golden one, to be saved.
  let rehearsal
  const idle = setTimeout(() => {
    rehearsal = rehearse(root, appSocket, (line) => judge.answer(line),
      async () => (await judge.answer('freeze /rehearsal/')).readUInt32LE(0))
      .catch(console.error)
  }, idleMs)
  await serveLines(judgeSocket, async (line) => {
    clearTimeout(idle)
    await rehearsal
    return judge.answer(line)
  })

  if (process.env.CARREL_READY_FD) {
    const fd = Number(process.env.CARREL_READY_FD)
    writeSync(fd, 'ready\n')
    closeSync(fd)
  }
}

process.on('SIGTERM', () => process.exit(0))
process.on('unhandledRejection', (error) => {
  console.error('unhandled:', error)
})
main().catch((error) => {
  console.error(error)
  process.exit(1)
})
