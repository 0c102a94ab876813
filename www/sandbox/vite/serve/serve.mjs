// Starts main.mjs, in the image from one file with its compiled code beside
// it: finding, reading and compiling the hundreds of modules of Vite and
// Tailwind anew would be most of the time that a sandbox needs to start.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'

const bundle = fileURLToPath(new URL('./bundle.cjs', import.meta.url))
const compiled = `${bundle}.compiled`

// Tailwind asks for hooks that let it reload JavaScript plugins; they would
// cost a thread of their own, and no app can bring such a plugin.
Module.register = () => {}

if (existsSync(bundle)) start()
else await import('./main.mjs')

function start() {
  const code = readFileSync(bundle)
  const script = new vm.Script(Module.wrap(code.toString()), {
    filename: bundle,
    cachedData: existsSync(compiled) ? readFileSync(compiled) : undefined,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  if (script.cachedDataRejected)
    console.error('The compiled code does not fit this Node; starting slowly.')
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(bundle), module,
    bundle, fileURLToPath(new URL('.', import.meta.url)))

  // While the image is made: keep what was compiled until this signal.
  if (process.env.CARREL_KEEP_COMPILED)
    process.on('SIGUSR2', () => {
      writeFileSync(compiled, script.createCachedData())
      process.exit(0)
    })
}
