// Prints packages.txt: one line per package that an app may import, for
// the model's instructions. `node serve/list.mjs > packages.txt`
import { readFileSync } from 'node:fs'
import { packages } from './packages.mjs'

const project = new URL('../project/package.json', import.meta.url)
const { dependencies } = JSON.parse(readFileSync(project, 'utf8'))
const listed = new Set(packages.map(([name]) => name))

for (const name of Object.keys(dependencies))
  if (!listed.has(name))
    throw new Error(`packages.mjs does not mention ${name}`)

for (const [name, , purpose] of packages) {
  if (!dependencies[name])
    throw new Error(`package.json does not list ${name}`)
  process.stdout.write(`${name} ${dependencies[name]} ${purpose}\n`)
}
