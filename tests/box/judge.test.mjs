// The judge of app versions, against the real thing: a copy of the built
// image, with its own Node, Vite, Tailwind and packages, started as the user
// it has in a sandbox. Needs: root, and `runner/setup/image.sh vite` has run.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, lchownSync, mkdirSync, mkdtempSync,
  readFileSync, readdirSync, realpathSync, rmSync, symlinkSync,
  writeFileSync } from 'node:fs'
import http from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const repo = fileURLToPath(new URL('../..', import.meta.url))
const build = process.env.CARREL_BUILD ?? join(repo, 'build')
const deadlineMs = 20000

const uid = 61000

let place, app, node, serial = 0
let output = ''

/** Resolves with the first truthy answer of `look`, or fails in time. */
async function until(what, look, ms = deadlineMs) {
  const end = performance.now() + ms
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > end)
      throw new Error(`waited in vain for ${what}\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function start() {
  node = spawn('chroot', [`--userspec=${uid}:${uid}`, '--groups=', place,
    '/bin/sh', '-c', 'cd /app && exec node /opt/carrel/serve.mjs'], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp',
      CARREL_READY_FD: '3' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  let ready = ''
  node.stdio[3].on('data', (data) => { ready += data })
  for (const stream of [node.stdout, node.stderr])
    stream.on('data', (data) => { output += data })
  await until('the ready line', () => ready === 'ready\n', 60000)
}

before(async () => {
  const image = realpathSync(join(build, 'image/vite/current/rootfs'))
  mkdirSync(join(build, 'tmp'), { recursive: true })
  place = mkdtempSync(join(build, 'tmp/judge-'))
  app = join(place, 'app')
  // Hard links are enough: nothing writes into a file that is there.
  const copy = spawnSync('cp', ['-al', `${image}/.`, place])
  assert.equal(copy.status, 0, String(copy.stderr))
  chmodSync(place, 0o755)
  // The path of a socket is short; that of a clone need not be.
  process.chdir(place)
  await start()
})

after(() => {
  node?.kill('SIGKILL')
  process.chdir(repo)
  if (place) rmSync(place, { recursive: true, force: true })
})

/** Sends raw text to the judge; resolves with the answers, one per line. */
function ask(text, answers = 1) {
  return new Promise((resolve, reject) => {
    const socket = connect('run/vite/judge.sock')
    let received = ''
    const finish = () => {
      socket.destroy()
      try {
        resolve(received.trimEnd().split('\n').map((line) => JSON.parse(line)))
      } catch (error) {
        reject(error)
      }
    }
    socket.setEncoding('utf8')
    socket.setTimeout(deadlineMs, () => {
      socket.destroy()
      reject(new Error(`no answer to ${text.slice(0, 80)}\n${output}`))
    })
    socket.on('error', reject)
    socket.on('data', (data) => {
      received += data
      if (received.split('\n').length > answers) finish()
    })
    socket.on('end', finish)
    socket.write(text)
  })
}

/** Writes a candidate as the guest does; returns its folder. */
function candidate(files) {
  const folder = join(app, '.candidate', String(++serial))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const path of ['', ...readdirSync(folder, { recursive: true })])
    lchownSync(join(folder, path), uid, uid)
  return folder
}

/** A path as the judge has it: the image is its root. */
function inside(path) {
  return path.startsWith(place) ? path.slice(place.length) || '/' : path
}

async function apply(files) {
  const folder = candidate(files)
  const [verdict] = await ask(`apply ${inside(folder)}\n`)
  assert.equal(existsSync(folder), false, 'the candidate is gone')
  return verdict
}

async function applyGood(files) {
  const verdict = await apply(files)
  assert.equal(verdict.ok, true, JSON.stringify(verdict))
  return verdict
}

/** A verdict against `files` that changed nothing; returns the problem. */
async function applyBad(files) {
  const [before] = await ask('state\n')
  const verdict = await apply(files)
  assert.equal(verdict.ok, false, JSON.stringify(verdict))
  const [now] = await ask('state\n')
  assert.deepEqual(now, before)
  const { error } = verdict
  assert.ok(error.message.length > 0 && error.message.length <= 2000)
  assert.ok(error.frame.length <= 4000)
  assert.doesNotMatch(JSON.stringify(verdict), /\\u001b|\.judge|\.candidate/)
  assert.ok(!/\/app\//.test(JSON.stringify(verdict)), JSON.stringify(verdict))
  return { ...error, more: verdict.more ?? [] }
}

function get(path, headers = {}) {
  return new Promise((resolve, reject) => {
    http.get({ socketPath: 'run/vite/app.sock', path,
      headers: { Accept: '*/*', ...headers } }, (response) => {
      const parts = []
      response.on('data', (data) => parts.push(data))
      response.on('end', () => {
        const data = Buffer.concat(parts)
        resolve({ status: response.statusCode, headers: response.headers, data,
          body: data.toString() })
      })
    }).on('error', reject)
  })
}

/** A browser's HMR connection: { messages, socket }. */
function listen() {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath: 'run/vite/app.sock',
      path: '/', headers: { Connection: 'Upgrade', Upgrade: 'websocket',
        'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Protocol': 'vite-hmr',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64') } })
    request.on('error', reject)
    request.on('response', ({ statusCode }) =>
      reject(new Error(`no upgrade: ${statusCode}`)))
    request.on('upgrade', (response, socket, head) => {
      const messages = []
      let data = Buffer.alloc(0)
      const take = (more) => {
        data = Buffer.concat([data, more])
        for (;;) {
          if (data.length < 2) return
          let length = data[1] & 127, at = 2
          if (length === 126) [length, at] = [data.readUInt16BE(2), 4]
          if (length === 127) [length, at] = [Number(data.readBigUInt64BE(2)), 10]
          if (data.length < at + length) return
          if ((data[0] & 15) === 1)
            messages.push(JSON.parse(data.subarray(at, at + length)))
          data = data.subarray(at + length)
        }
      }
      socket.on('error', () => {})
      socket.on('data', take)
      take(head)
      resolve({ messages, socket })
    })
    request.end()
  })
}

const entry = 'src/LLMComponent.tsx'
const page = (body, top = '') =>
  `${top}\nexport default function LLMComponent() {\n  return (${body})\n}\n`
const hello = { [entry]: page('<p>hello</p>') }

test('a good version is put in place, and again is no change', async () => {
  const first = await applyGood(hello)
  assert.deepEqual(first.changed, [entry])
  assert.equal(first.hmr, 'update')
  assert.equal(readFileSync(join(app, entry), 'utf8'), hello[entry])
  assert.match((await get(`/${entry}`)).body, /hello/)
  const again = await applyGood(hello)
  assert.deepEqual([again.changed, again.removed, again.hmr], [[], [], 'none'])
})

test('state is the hash over sorted paths and contents', async () => {
  const files = { ...hello, 'src/b.ts': 'export const b = 1\n',
    'src/a/c.ts': 'export const c = 1\n' }
  await applyGood(files)
  const hash = createHash('sha256')
  for (const path of Object.keys(files).sort())
    hash.update(`${path}\0${files[path]}\0`)
  assert.deepEqual(await ask('state\n'),
    [{ ok: true, files: 3, hash: hash.digest('hex') }])
})

test('a syntax error has its place and a drawing', async () => {
  await applyGood(hello)
  const error = await applyBad({
    [entry]: 'export default function LLMComponent() {\n'
      + '  const a = 1\n  return <div>{a</div>\n}\n' })
  assert.equal(error.file, entry)
  assert.equal(error.line, 3)
  assert.match(error.frame, /3 \|\s+return <div>\{a<\/div>/)
  assert.match((await get(`/${entry}`)).body, /hello/)
})

test('packages: missing, near misses, sub-paths, other sites, Node', async () => {
  for (const [from, expected] of [
    ['left-pad', /"left-pad" is not available.*Available packages: react,/s],
    ['recharst', /Did you mean recharts/],
    ['motion/reakt', /Did you mean motion or motion\/react/],
    ['react-router', /react-router-dom/],
    ['https://example.org/x.js', /code from other sites/],
    ['node:fs', /not available/],
    ['es-toolkit', /not available/],
  ]) {
    const error = await applyBad({
      [entry]: page('<p>{String(x)}</p>', `import x from '${from}'`) })
    assert.match(error.message, expected, from)
    assert.deepEqual([error.file, error.line], [entry, 1], from)
  }
})

test('a dynamic import of what is not there is refused too', async () => {
  for (const from of ['left-pad', './Nowhere', 'es-toolkit',
    'https://example.org/x.js']) {
    const error = await applyBad({ [entry]: page(
      `<button onClick={() => import('${from}')}>x</button>`) })
    assert.ok(error.message.includes(from), `${from}: ${error.message}`)
    assert.equal(error.file, entry)
  }
})

test('a name that a package does not export', async () => {
  const error = await applyBad({ [entry]: page('<Calender />',
    "import { useState } from 'react'\nimport {\n  Heart,\n  Calender,\n"
    + "} from 'lucide-react'\nvoid [useState, Heart]") })
  assert.match(error.message,
    /"lucide-react" does not export "Calender".*Did you mean .*Calendar/)
  assert.deepEqual([error.file, error.line, error.column], [entry, 4, 3])
  const noDefault = await applyBad({ [entry]: page('<div>{String(R)}</div>',
    "import R from 'recharts'") })
  assert.match(noDefault.message, /no default export/)
  const hook = await applyBad({ [entry]: page('<div>{useSate(1)}</div>',
    "import { useSate } from 'react'") })
  assert.match(hook.message, /Did you mean useState/)
})

test('good imports of every kind pass', async () => {
  await applyGood({
    [entry]: page('<Box data={json} style={css.a}>{later && raw}</Box>',
      "import React, { lazy, type ReactNode } from 'react'\n"
      + "import * as d3 from 'd3'\nimport Papa from 'papaparse'\n"
      + "import { motion } from 'motion/react'\n"
      + "import { create } from 'zustand'\n"
      + "import debounce from 'lodash/debounce'\n"
      + "import { Box, type Props as P } from '@/parts/Box'\n"
      + "import { Shape, area } from './parts'\n"
      + "import json from './data.json'\nimport css from './x.module.css'\n"
      + "import raw from './note.txt?raw'\nimport './plain.css'\n"
      + "import { OrbitControls } from 'three/addons/controls/OrbitControls.js'\n"
      + "const later = lazy(() => import('./parts/Late'))\n"
      + 'const shape: Shape = { side: 1 }; const p: P | ReactNode = null\n'
      + 'void [React, d3, Papa, motion, create, debounce, area(shape), p,'
      + ' OrbitControls]'),
    'src/parts/Box.tsx': 'export interface Props { data: unknown }\n'
      + 'export function Box(p: any) { return <div>{p.children}</div> }\n',
    'src/parts/index.ts': "export * from './shape'\n"
      + "export { default as Late } from './Late'\n",
    'src/parts/shape.ts': 'export type Shape = { side: number }\n'
      + 'export const area = (s: Shape) => s.side ** 2\n',
    'src/parts/Late.jsx': 'export default () => <b>late</b>\n',
    'src/data.json': '{"a":1}', 'src/note.txt': 'note',
    'src/x.module.css': '.a { color: red }',
    'src/plain.css': 'body { margin: 0 }',
  })
})

test('files of the app: missing, outside, wrong name, type re-exported',
  async () => {
    const cases = [
      ["import A from './Nowhere'\nvoid A", {},
        /no file for ".\/Nowhere".*src\/LLMComponent.tsx/s],
      ["import A from '../package.json'\nvoid A", {}, /outside src/],
      ["import { C } from './a'\nvoid C", { 'src/a.ts':
        'export const D = 1, E = 2\n' }, /src\/a.ts does not export "C"/],
      ["import A from './a'\nvoid A", { 'src/a.ts': 'export const D = 1\n' },
        /no default export\. It exports: D/],
      ["import s from './a.css'\nvoid s", { 'src/a.css': 'p { margin: 0 }' },
        /style sheet exports nothing/],
      ["import { f } from './b'\nf()", { 'src/a.ts':
        'export interface Item { x: 1 }\n', 'src/b.ts':
        "export { Item } from './a'\nexport const f = () => 1\n" },
      /"Item".*export type/],
    ]
    for (const [top, files, expected] of cases) {
      const error = await applyBad({ [entry]: page('<p />', top), ...files })
      assert.match(error.message, expected, top)
    }
  })

test('an unchanged file is judged against the changed one it imports',
  async () => {
    const user = { [entry]: page('<p>{f()}</p>', "import { f } from './f'") }
    await applyGood({ ...user, 'src/f.ts': 'export const f = () => 1\n' })
    const error = await applyBad({ ...user,
      'src/f.ts': 'export const g = () => 1\n' })
    assert.equal(error.file, entry)
    assert.match(error.message, /src\/f.ts does not export "f"/)
    assert.match((await applyBad(user)).message, /no file for ".\/f"/)
    await applyGood({ ...user, 'src/f.ts': 'export const f = () => 2\n' })
  })

test('modules may import each other in a circle', async () => {
  await applyGood({
    [entry]: page('<A n={3} />', "import { A } from './A'"),
    'src/A.tsx': "import { B } from './B'\nexport * from './B'\n"
      + 'export const A = ({ n }) => n ? <B n={n - 1} /> : null\n',
    'src/B.tsx': "import { A } from './A'\nexport * from './A'\n"
      + 'export const B = ({ n }) => <A n={n} />\n',
  })
})

test('the entry must be there, with a default export', async () => {
  assert.match((await applyBad({ 'src/App.tsx': page('<p />') })).message,
    /no src\/LLMComponent.tsx/)
  assert.match((await applyBad({ [entry]: 'export const a = 1\n' })).message,
    /no default export/)
  await applyGood({ [entry]: "export { default } from './App'\n",
    'src/App.tsx': page('<p />') })
})

test('new and removed files, and folders that became empty', async () => {
  await applyGood({ [entry]: page('<X />', "import X from './deep/er/X'"),
    'src/deep/er/X.tsx': page('<i />') })
  const verdict = await applyGood({ [entry]: page('<X />',
    "import X from './Y'"), 'src/Y.tsx': page('<b />') })
  assert.deepEqual(verdict.changed, [entry, 'src/Y.tsx'])
  assert.deepEqual(verdict.removed, ['src/deep/er/X.tsx'])
  assert.equal(existsSync(join(app, 'src/deep')), false)
  assert.match((await get('/src/Y.tsx')).body, /"b"/)
  assert.match((await get(`/${entry}`)).body, /"\/src\/Y.tsx/)
})

test('an import that moves from a file to a folder follows', async () => {
  const user = { [entry]: page('<X />', "import X from './X'") }
  await applyGood({ ...user, 'src/X.tsx': page('<i />') })
  await get(`/${entry}`)
  await applyGood({ ...user, 'src/X/index.tsx': page('<b />') })
  assert.match((await get(`/${entry}`)).body, /"\/src\/X\/index.tsx/)
  await applyGood(hello)
})

test('style sheets: errors, Tailwind, the app\'s own index.css', async () => {
  const broken = await applyBad({ [entry]: page('<p />', "import './a.css'"),
    'src/a.css': 'p { color: red;\n.b { margin: 0 }\n' })
  assert.equal(broken.file, 'src/a.css')
  const unknown = await applyBad({ ...hello, 'src/index.css':
    '@import "tailwindcss";\n.b { @apply no-such-class; }\n' })
  assert.match(unknown.message, /no-such-class/)
  const old = await applyBad({ ...hello,
    'src/index.css': '@tailwind base;\n' })
  assert.match(old.message, /must begin with @import "tailwindcss"/)

  const number = 1000 + serial
  await applyGood({ [entry]: page('<New />', "import New from './New'"),
    'src/New.tsx': page(`<p className="mt-[${number}px]" />`),
    'src/index.css': '@import "tailwindcss";\n.own { color: teal }\n' })
  const css = (await get('/src/index.css')).body
  assert.ok(css.includes(`${number}px`), 'a class of a new file')
  assert.match(css, /\.own/)
  await applyGood(hello)
  assert.doesNotMatch((await get('/src/index.css')).body, /\.own/)
})

test('a bad candidate leaves no class in the style sheet', async () => {
  await applyBad({ [entry]: page('<p className="mt-[4321px]" />',
    "import './Nowhere'") })
  await applyGood({ [entry]: page('<p className="mt-[4322px]" />') })
  const css = (await get('/src/index.css')).body
  assert.ok(css.includes('4322px') && !css.includes('4321px'))
})

test('what is not an app is refused', async () => {
  const refused = [
    [{ ...hello, 'src/main.tsx': 'void 0' }, /main.tsx cannot be replaced/],
    [{ ...hello, 'src/big.txt': 'x'.repeat(256 * 1024 + 1) }, /256 KB/],
    [Object.fromEntries([...Object.entries(hello), ...Array.from({ length: 40 },
      (_, i) => [`src/f${i}.ts`, ''])]), /40 files/],
    [{ ...hello, 'src/a\nb.ts': '' }, /name of this file/],
    [{ ...hello, 'src/x.json': '{"a":}' }, /not valid JSON/],
    [{ 'readme.md': 'x' }, /no src folder/],
  ]
  for (const [files, expected] of refused)
    assert.match((await apply(files)).error.message, expected)

  const linked = candidate(hello)
  symlinkSync('/etc/passwd', join(linked, 'src/link.ts'))
  assert.match((await ask(`apply ${inside(linked)}\n`))[0].error.message,
    /ordinary files/)
  const outside = mkdtempSync(join(place, 'tmp/outside-'))
  lchownSync(outside, uid, uid)
  symlinkSync(inside(outside), join(app, '.candidate/link'))
  for (const folder of [outside, app, '/', '', '.', join(app, '.candidate'),
    join(app, '.candidate/..'), join(app, '.candidate/link'),
    join(app, '.candidate/none')])
    assert.match((await ask(`apply ${inside(folder)}\n`))[0].error.message,
      /no such candidate/, folder)
  assert.ok(existsSync(outside) && existsSync(join(app, entry)))
  rmSync(join(app, '.candidate/link'))
})

test('an app of forty files can still be changed', async () => {
  const full = { ...hello, ...Object.fromEntries(Array.from({ length: 39 },
    (_, i) => [`src/f${i}.ts`, `export const f${i} = ${i}\n`])) }
  await applyGood(full)
  await applyGood({ ...full, 'src/f0.ts': 'export const f0 = 40\n' })
  await applyGood(hello)
})

test('several problems come together', async () => {
  const error = await applyBad({ [entry]: page('<p />',
    "import './a'\nimport { q } from './b'\nimport x from 'left-pad'\n"
    + 'void [q, x]'), 'src/a.ts': 'const = 1\n', 'src/b.ts': 'export {}\n' })
  assert.equal(error.file, 'src/a.ts')
  assert.equal(error.more.length, 2, JSON.stringify(error.more))
})

test('an open page hears of good versions only, once each', async () => {
  await applyGood(hello)
  for (const url of ['/src/main.tsx', `/${entry}`, '/src/index.css'])
    assert.equal((await get(url)).status, 200)
  const { messages, socket } = await listen()
  await until('the greeting', () => messages.length)
  messages.length = 0
  await applyBad({ [entry]: page('<p>broken</div>') })
  await applyBad({ [entry]: page('<p />', "import './Nowhere'") })
  await applyBad({ [entry]: page('<NoSuchIcon />',
    "import { NoSuchIcon } from 'lucide-react'") })
  await applyBad({ [entry]: 'export const noDefault = 1\n' })
  const good = await applyGood({ [entry]: page('<p>new</p>'),
    'src/extra.ts': 'export const x = 1\n' })
  assert.equal(good.hmr, 'update')
  await until('the update', () => messages.some(({ type }) => type === 'update'))
  assert.deepEqual(messages.map(({ type }) => type), ['custom', 'update'])
  assert.equal(messages[0].data.hash, good.hash)
  assert.ok(messages[1].updates.some(({ path }) => path === `/${entry}`))
  socket.destroy()
})

test('a source map comes with the app, not with the client', async () => {
  await applyGood(hello)
  const map = /\/\/# sourceMappingURL=/
  assert.match((await get(`/${entry}`)).body, map)
  const client = await get('/@vite/client')
  assert.equal(client.status, 200)
  assert.match(client.body, /const wsToken = "/)
  assert.doesNotMatch(client.body, map)
})

test('60 versions in a row, none lost', async () => {
  const { messages, socket } = await listen()
  for (let n = 0; n < 60; n++) {
    await applyGood({ [entry]: page(`<p>number ${n}.</p>`) })
    const { body } = await get(`/${entry}?t=${n}`)
    assert.ok(body.includes(`number ${n}.`), `version ${n} is served`)
  }
  await until('60 updates', () =>
    messages.filter(({ type }) => type === 'update').length === 60)
  socket.destroy()
})

test('requests at once are taken one after the other', async () => {
  const folders = Array.from({ length: 12 }, (_, n) =>
    candidate({ [entry]: page(`<p>at once ${n}.</p>`) }))
  const verdicts = await Promise.all(folders.map((folder) =>
    ask(`apply ${inside(folder)}\n`)))
  for (const [verdict] of verdicts) assert.equal(verdict.ok, true)
  const lines = Array.from({ length: 40 }, () => 'state\n').join('')
  assert.equal((await ask(lines, 40)).length, 40)
})

test('nonsense gets an answer and harms nothing', async () => {
  for (const line of ['', 'x', 'apply', 'apply\0/', '{"a":1}', 'STATE',
    'state ', 'apply '.repeat(50), '\u{1f600}', '\xff\xfe']) {
    const [answer] = await ask(`${line}\n`)
    assert.equal(answer.ok, false, line)
    assert.ok(answer.error.message)
  }
  assert.match((await ask('x'.repeat(100000)))[0].error.message, /too long/)
  for (let n = 0; n < 40; n++) {
    const noise = randomBytes(1 + (n * 37) % 600).toString('latin1')
      .replaceAll('\n', ' ')
    assert.equal((await ask(`${noise}\n`))[0].ok, false)
  }
  assert.equal((await ask('state\n'))[0].ok, true)
})

test('candidates full of noise never replace the app', async () => {
  await applyGood(hello)
  const source = page('<p className="a">{[1, 2].map((x) => <b>{x}</b>)}</p>',
    "import { useState } from 'react'")
  for (let n = 0; n < 30; n++) {
    const bytes = Buffer.from(source)
    const random = randomBytes(8)
    for (let i = 0; i < 4; i++)
      bytes[random[i] % bytes.length] = random[i + 4]
    const verdict = await apply({ [entry]: bytes })
    assert.equal(typeof verdict.ok, 'boolean')
    if (verdict.ok)
      assert.equal((await get(`/${entry}`)).status, 200)
    else
      assert.ok(verdict.error.message)
  }
  await applyGood(hello)
})

test('a page finds the place of a run-time error in the written file',
  async () => {
    await applyGood({ [entry]: "import { useState } from 'react'\n\n"
      + 'type A = { long: string }\n\n'
      + "export default function LLMComponent() {\n  const [a] = useState<A>()\n"
      + "  if (!a) throw new Error('boom')\n  return <p>{a.long}</p>\n}\n" })
    const { body } = await get(`/${entry}`)
    const lines = body.split('\n')
    const line = lines.findIndex((text) => text.includes('boom')) + 1
    const column = lines[line - 1].indexOf('new Error') + 1
    const place = await get(`/@carrel/where?file=/${entry}&line=${line}`
      + `&column=${column}`)
    assert.deepEqual([JSON.parse(place.body).file, JSON.parse(place.body).line],
      [entry, 7])
    for (const query of ['', '?file=/etc/passwd&line=1&column=1',
      '?file=/src/../x&line=1&column=1', `?file=/${entry}&line=-1&column=x`])
      assert.equal((await get(`/@carrel/where${query}`)).status, 404)
    await applyGood(hello)
  })

test('every page carries the bridge, and the app as it is now', async () => {
  const { body } = await get('/some/deep/link')
  const { status } = await get('/@carrel/bridge.js')
  assert.equal(status, 200)
  assert.ok(body.indexOf('/@carrel/bridge.js') < body.indexOf('/src/main.tsx'))
  const [{ hash }] = await ask('state\n')
  assert.ok((await get('/@carrel/version.js')).body.includes(hash))
})

test('the list for the model is the list that is baked', () => {
  const list = spawnSync(process.execPath,
    [join(repo, 'www/sandbox/vite/serve/list.mjs')], { encoding: 'utf8' })
  assert.equal(list.stderr, '')
  assert.equal(list.stdout,
    readFileSync(join(repo, 'www/sandbox/vite/packages.txt'), 'utf8'))
})

test('packages come ready made, small where that is understood', async () => {
  const [, url] = /from "(\/node_modules\/\.vite\/deps\/react\.js\?v=\w+)"/
    .exec((await get('/src/main.tsx')).body)
  const plain = await get(url)
  const packed = await get(url, { 'Accept-Encoding': 'gzip, br' })
  assert.equal(plain.status, 200)
  assert.match(plain.headers['cache-control'], /immutable/)
  assert.equal(packed.headers['content-encoding'], 'gzip')
  assert.equal(gunzipSync(packed.data).toString(), plain.body)
  assert.match(plain.body, /\.js\?v=\w+/, 'parts are named with the version')
  assert.notEqual((await get('/node_modules/.vite/deps/../../x.js')).status, 500)
})

test('nobody reads what is being judged', async () => {
  for (const path of [`/.judge/${entry}`, `/.candidate/1/${entry}`,
    `/@fs/app/.judge/${entry}`, `/%2ejudge/${entry}`,
    `/x/../.judge/${entry}`, '/__open-in-editor?file=x'])
    assert.equal((await get(path)).status, 404, path)
})

/** What FROZEN carries: { key, files } or { error }. */
function freeze(base = '/__carrel/frozen/1/') {
  return new Promise((resolve, reject) => {
    const socket = connect('run/vite/judge.sock')
    let got = Buffer.alloc(0)
    socket.setTimeout(deadlineMs, () => socket.destroy(new Error('no answer')))
    socket.on('error', reject)
    socket.on('data', (data) => {
      got = Buffer.concat([got, data])
      if (got.length < 4 || got.length < 4 + got.readUInt32LE(0)) return
      assert.equal(got.length, 4 + got.readUInt32LE(0))
      socket.destroy()
      resolve(unpack(got.subarray(4)))
    })
    socket.write(`freeze ${base}\n`)
  })
}

function unpack(data) {
  let at = 4
  const take = () => {
    const n = data.readUInt32LE(at)
    at += 4 + n
    return data.subarray(at - n, at)
  }
  const count = data.readUInt32LE(0)
  if (!count) return { error: JSON.parse(take()) }
  const key = take().toString(), files = {}
  for (let i = 0; i < count; i++) {
    const path = take().toString()
    files[path] = take()
  }
  assert.equal(at, data.length)
  return { key, files }
}

const named = (files, pattern) => Object.entries(files)
  .find(([path]) => pattern.test(path))?.[1].toString()

test('the app on show is frozen: its own code only, for production', async () => {
  await applyGood({ [entry]: "import { Heart } from 'lucide-react'\n"
    + "import { useState } from 'react'\nimport './more.css'\n"
    + "import styles from './own.module.css'\n\n"
    + 'export default function LLMComponent() {\n  const [n] = useState(0)\n'
    + '  return <p className={`bg-lime-300 mt-[13px] ${styles.wide}`}>'
    + '<Heart /> {n} times</p>\n}\n',
  'src/more.css': '.more { color: rgb(1 2 3) }\n',
  'src/own.module.css': '.wide { letter-spacing: 7px }\n' })
  const { key, files } = await freeze()
  assert.match(key, /^[0-9a-f]{16}$/)
  const script = named(files, /^assets\/app-[\w-]+\.js$/)
  const sheet = named(files, /^assets\/[\w-]+\.css$/)
  assert.ok(script.length < 40000, `${script.length} bytes`)
  assert.match(script, new RegExp(`from"/__carrel/vite/${key}/react-`))
  assert.doesNotMatch(script, /jsxDEV|import\.meta\.hot|lucide-react/)
  for (const wanted of [/\.bg-lime-300/, /13px/, /rgb\(1 2 3\)/, /letter-spacing:\s*7px/])
    assert.match(sheet, wanted)
  const page = files['index.html'].toString()
  for (const path of Object.keys(files))
    if (/^assets\/(?:app|style)[^.]*\.(?:js|css)$/.test(path))
      assert.ok(page.includes(`"/__carrel/frozen/1/${path}"`), path)
  assert.doesNotMatch(page, /\/src\/main|@vite/)
  for (const path of Object.keys(files))
    if (path.endsWith('.gz'))
      assert.deepEqual(gunzipSync(files[path]), files[path.slice(0, -3)])
  const chunks = join(build, 'image/vite/current/chunks', key)
  for (const [url] of script.matchAll(/\/__carrel\/vite\/[\w./-]+/g))
    assert.ok(existsSync(join(chunks, url.split('/').pop())), url)
  await applyGood(hello)
})

test('what only a browser would notice keeps a version from being frozen',
  async () => {
    await applyGood({ [entry]: "import { nothing } from './data.json'\n\n"
      + 'export default function LLMComponent() {\n'
      + '  return <p>{String(nothing)}</p>\n}\n', 'src/data.json': '{"a":1}\n' })
    const { error } = await freeze()
    assert.equal(error.file, entry)
    assert.equal(error.line, 1)
    assert.match(error.message, /nothing/)
    assert.doesNotMatch(JSON.stringify(error), /\/app\/|\\u001b/)
    await applyGood(hello)
    assert.ok((await freeze()).files)
  })

test('freezing disturbs neither the page nor the judge', async () => {
  const code = async () => (await get(`/${entry}`)).body
    .replaceAll(/\?t=\d+/g, '')
  const before = await code()
  const [frozen, verdict] = await Promise.all([freeze(),
    apply({ [entry]: hello[entry].replace('<p', '<p data-new') })])
  assert.ok(frozen.files)
  assert.equal(verdict.ok, true)
  await applyGood(hello)
  assert.equal(await code(), before)
  for (const base of ['', 'x', '/a b/', '/../', '/a', '/%2e/'])
    assert.ok((await freeze(base)).error, base)
})

test('freezing again and again takes little processor time and memory',
  async () => {
    const now = () => {
      const fields = readFileSync(`/proc/${node.pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '').split(' ')
      return { cpu: (Number(fields[11]) + Number(fields[12])) / 100,
        mb: Number(fields[21]) * 4096 / 1e6 }
    }
    await freeze()
    const before = now(), rounds = 20
    for (let i = 0; i < rounds; i++) assert.ok((await freeze()).files)
    const after = now()
    const each = (after.cpu - before.cpu) / rounds
    console.log(`# ${each.toFixed(3)} CPU-seconds and `
      + `${((after.mb - before.mb) / rounds).toFixed(2)} MB for each`)
    assert.ok(each < 0.3, `${each} CPU-seconds for each`)
    assert.ok(after.mb - before.mb < 60, `${after.mb - before.mb} MB more`)
  })
