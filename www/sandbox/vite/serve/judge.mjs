// Decides whether a candidate, a complete src/ tree, may take the place of
// the app that people are looking at, and puts it there.
//
// A candidate is moved to one fixed folder that nothing watches and its
// modules are transformed there, by the same Vite that serves the page: an
// open page notices nothing of a bad one. The folder is always the same, so
// that the caches of Vite and Tailwind do not grow with the number of edits.
import { AsyncLocalStorage } from 'node:async_hooks'
import { copyFileSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync,
  writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseAst, parseSync } from 'vite'
import { Check, findFile, isOwn, isScript } from './check.mjs'
import { Freezer } from './freeze.mjs'
import { moduleExports, moduleImports } from './links.mjs'
import { carrelPlugins } from './plugin.mjs'
import { isPackageUrl } from './ready.mjs'
import { problemAt, problemFrom } from './problem.mjs'
import { SourceError, difference, fixed, moveFile, readSource,
  removeFile, sourceHash } from './source.mjs'

const entry = 'src/LLMComponent.tsx'
const styles = 'src/index.css'
const noticeMs = 200

export class Judge {
  #root
  #image
  #folder
  #frame
  #freezer
  #server = null
  #baked = null
  #work = Promise.resolve()
  #modules = new Map()
  #collected = new Map()
  #awaited = new Map()
  #held = null
  #judging = new AsyncLocalStorage()
  #hash = ''

  /**
   * image: folder with frame/ (the project's own main.tsx and index.css) and
   * what warm.mjs wrote.
   */
  constructor(root, image) {
    this.#root = root
    this.#image = image
    this.#folder = `${root}/.judge`
    this.#frame = new Map([...fixed, styles].map((path) =>
      [path, readFileSync(join(image, 'frame', path.slice('src/'.length)))]))
    this.#hash = sourceHash(this.#live())
    this.#freezer = new Freezer(root, image)
  }

  get folder() {
    return this.#folder
  }

  get packages() {
    return join(this.#image, 'packages')
  }

  /** Hash of the app on show. */
  hash() {
    return this.#hash
  }

  /** Called by our plugin with each candidate module, free of TypeScript. */
  inspect(code, id) {
    const program = parseAst(code)
    this.#collected.set(id.slice(this.#folder.length + 1), {
      imports: moduleImports(program),
      exports: moduleExports(program),
    })
  }

  /** Called by our plugin when Vite has taken notice of a change. */
  updated(file) {
    this.#awaited.get(file)?.()
  }

  attach(server) {
    this.#server = server
    const { client } = server.environments
    const { hot } = client
    // Transforming ahead what a module imports would go on in the judging
    // folder after the verdict, when another candidate may lie there; and
    // the packages are transformed already.
    const warmup = client.warmupRequest.bind(client)
    client.warmupRequest = async (url) => {
      if (!url.startsWith('/.judge/') && !isPackageUrl(url)) await warmup(url)
    }
    const send = hot.send.bind(hot)
    hot.send = (...args) => {
      // Two candidates that import different packages are news ("prune") to
      // Vite, but to no page: none has them.
      if (this.#judging.getStore()) return
      if (this.#held && typeof args[0] === 'object') this.#held.push(args[0])
      else send(...args)
    }
  }

  /** One line of the protocol → its answer. Requests are taken in turn. */
  answer(line) {
    const turn = this.#work.then(() => this.#answer(line))
    this.#work = turn.catch(() => {})
    return turn
  }

  async #answer(line) {
    if (line === 'state') {
      const files = this.#live()
      return { ok: true, files: files.size, hash: sourceHash(files) }
    }
    if (line.startsWith('apply ')) return this.#apply(line.slice(6))
    if (line.startsWith('freeze '))
      return this.#freezer.answer(line.slice(7),
        new Map([...this.#frame, ...this.#live()]), this.#server,
        carrelPlugins(this.#root, this).slice(0, 1))
    return { ok: false, error: { message: 'Unknown request.' } }
  }

  /** The app's own files: without those of the project. */
  #live() {
    return readSource(this.#root, this.#frame)
  }

  async #apply(candidate) {
    const began = performance.now()
    const base = `${this.#root}/.candidate/`
    const isOurs = candidate.startsWith(base)
      && /^[\w-]{1,64}$/.test(candidate.slice(base.length))
      && lstatSync(candidate, { throwIfNoEntry: false })?.isDirectory()
    if (!isOurs)
      return { ok: false, error: { message: 'There is no such candidate.' } }

    try {
      const files = this.#admit(candidate)
      const live = this.#live()
      const change = difference(live, files)
      const problems = await this.#problems(candidate, files)
      if (problems.length) {
        const [error, ...more] = problems
        return { ok: false, error, more: more.slice(0, 5),
          ms: Math.round(performance.now() - began) }
      }
      const hmr = await this.#publish(files, live, change)
      return { ok: true, changed: [...change.created, ...change.updated].sort(),
        removed: change.removed, hmr, hash: this.#hash,
        ms: Math.round(performance.now() - began) }
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      return { ok: false, error: { file: error.file ?? '', line: 0, column: 0,
        message: error.message, frame: '', plugin: 'carrel' } }
    } finally {
      try {
        rmSync(candidate, { recursive: true, force: true })
      } catch (error) {
        // The verdict counts; what is left only takes a little room.
        console.error(error.message)
      }
    }
  }

  #admit(candidate) {
    const files = readSource(candidate, this.#frame)
    for (const path of fixed)
      if (files.has(path))
        throw new SourceError(`${path} cannot be replaced: it only shows the `
          + `component that ${entry} exports. Leave it out.`, path)
    if (!files.has(entry))
      throw new SourceError(`The app has no ${entry}.`, entry)
    if (files.has(styles) && !/@import\s+["']tailwindcss/
      .test(files.get(styles).toString()))
      throw new SourceError(`${styles} must begin with `
        + '@import "tailwindcss"; or be left out.', styles)
    return files
  }

  /** Everything that is wrong with `files`, the worst first. */
  async #problems(candidate, files) {
    const tree = new Map([...this.#frame, ...files])
    rmSync(`${this.#folder}/src`, { recursive: true, force: true })
    this.#take(`${candidate}/src`)
    for (const [path, data] of tree)
      if (!files.has(path)) writeFileSync(join(this.#folder, path), data)

    this.#forget(tree)
    const problems = []
    for (const [path, data] of files) {
      const problem = await this.#transform(path, data)
      if (problem) problems.push(problem)
    }
    const modules = new Map()
    for (const path of files.keys())
      if (this.#modules.get(path)?.links)
        modules.set(path, this.#modules.get(path).links)

    this.#baked ??= JSON.parse(readFileSync(
      join(this.#image, 'exports.json'), 'utf8'))
    const check = new Check(tree, modules, this.#baked)
    const found = check.run()
    // Once a module could be inspected, Vite can only stumble over one of its
    // imports, and what we say about that is clearer.
    const clearer = new Set(found.map(({ file }) => file))
    const all = problems.filter(({ file }) =>
      !modules.has(file) || !clearer.has(file)).concat(found)
    if (!all.length && !check.entryHasDefault(entry))
      all.push(problemAt(entry, files.get(entry).toString(), -1, `${entry} has `
        + 'no default export. Write: export default function LLMComponent().'))
    return all
  }

  #take(source) {
    try {
      mkdirSync(this.#folder, { recursive: true })
      renameSync(source, `${this.#folder}/src`)
    } catch (error) {
      if (error.code !== 'EXDEV') throw error
      for (const path of readSource(dirname(source), this.#frame).keys()) {
        const to = join(this.#folder, path)
        mkdirSync(dirname(to), { recursive: true })
        copyFileSync(join(dirname(source), path), to)
      }
    }
  }

  /** Drops what Vite and we remember of files that are gone or different. */
  #forget(tree) {
    const graph = this.#server.environments.client.moduleGraph
    for (const [path, { data }] of this.#modules) {
      if (data && tree.get(path)?.equals(data)) continue
      this.#modules.delete(path)
      const file = join(this.#folder, path)
      for (const module of graph.getModulesByFile(file) ?? [])
        graph.invalidateModule(module)
    }
  }

  /** Compiles one file of the candidate; returns the problem or null. */
  async #transform(path, data) {
    if (this.#modules.has(path)) return null
    const text = data.toString()
    if (path.endsWith('.json')) {
      try {
        JSON.parse(text)
      } catch (error) {
        return problemAt(path, text, 0, `This is not valid JSON: `
          + error.message)
      }
      return null
    }
    if (!isScript(path) && !path.endsWith('.css')) return null

    this.#collected.delete(path)
    let problem = null
    try {
      const { client } = this.#server.environments
      await this.#judging.run(true,
        () => client.transformRequest(`/.judge/${path}`))
    } catch (error) {
      problem = problemFrom(error, path, text, this.#root)
    }
    const links = this.#collected.get(path)
    if (!problem && !links && isScript(path))
      throw new Error(`${path} was not inspected`)
    this.#modules.set(path, {
      // No content equals a failed one: it is compiled again next time.
      data: problem ? null : data,
      links: links ? this.#written(path, text, links) : null,
    })
    return problem
  }

  /** Links without those that the compiler added by itself. */
  #written(path, text, links) {
    const { program } = parseSync(path, text)
    const said = new Set(moduleImports(program).map(({ from }) => from))
    return { exports: links.exports,
      imports: links.imports.filter(({ from }) => said.has(from)) }
  }

  /** Puts a good candidate in the place of the app; tells open pages. */
  async #publish(files, live, { created, updated, removed }) {
    const paths = new Set([...created, ...updated])
    if (!paths.size && !removed.length) return 'none'

    for (const path of paths)
      moveFile(join(this.#folder, path), join(this.#root, path))
    for (const path of removed)
      if (this.#frame.has(path))
        moveFile(join(this.#folder, path), join(this.#root, path))
      else
        removeFile(this.#root, path)
    this.#hash = sourceHash(files)

    const events = [...created.map((path) => ['add', path]),
      ...updated.map((path) => ['change', path]),
      ...removed.map((path) => [this.#frame.has(path) ? 'change' : 'unlink',
        path]),
      ...this.#relinked(files, live, paths).map((path) => ['change', path])]
    // The style sheet holds the classes of all files, also of new ones.
    if (!events.some(([, path]) => path === styles))
      events.push(['change', styles])
    return this.#announce(events, removed)
  }

  /** Unchanged files of which an import now means another file. */
  #relinked(files, live, changed) {
    const before = new Map([...this.#frame, ...live])
    const after = new Map([...this.#frame, ...files])
    const out = []
    for (const path of files.keys()) {
      if (changed.has(path)) continue
      const links = this.#modules.get(path)?.links
      if (links?.imports.some(({ from }) => isOwn(from)
        && findFile(before, path, from) !== findFile(after, path, from)))
        out.push(path)
    }
    return out
  }

  /**
   * Tells Vite of all changes and pages of the outcome, in one message: Vite
   * itself would send one for each file.
   */
  async #announce(events, removed) {
    const { client } = this.#server.environments
    const version = client.moduleGraph.getModuleById('/@carrel/version.js')
    if (version) client.moduleGraph.invalidateModule(version)

    this.#held = []
    const noticed = events.map(([event, path]) => new Promise((resolve) => {
      const file = join(this.#root, path)
      this.#awaited.set(file, resolve)
      this.#server.watcher.emit(event, file)
    }))
    let timer
    const isComplete = await Promise.race([
      Promise.all(noticed).then(() => true),
      new Promise((resolve) => {
        timer = setTimeout(resolve, noticeMs, false)
      }),
    ])
    clearTimeout(timer)
    // Our hook is the last one; Vite composes its message right after it.
    await nextTurn()
    await nextTurn()
    this.#awaited.clear()
    const held = this.#held
    this.#held = null
    return this.#tell(held, removed, isComplete)
  }

  #tell(held, removed, isComplete) {
    const { hot } = this.#server.environments.client
    const gone = new Set(removed.map((path) => `/${path}`))
    const updates = new Map()
    let isReload = !isComplete
    for (const payload of held) {
      if (payload.type === 'full-reload') isReload = true
      if (payload.type !== 'update') continue
      for (const update of payload.updates)
        if (!gone.has(update.path) && !gone.has(update.acceptedPath))
          updates.set(`${update.path} ${update.acceptedPath}`, update)
    }
    hot.send('carrel:version', { hash: this.#hash })
    if (isReload) {
      hot.send({ type: 'full-reload', path: '*' })
      return 'full-reload'
    }
    if (!updates.size) return 'none'
    hot.send({ type: 'update', updates: [...updates.values()] })
    return 'update'
  }
}
