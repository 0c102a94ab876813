// Does once what a first version, a first page and its freezing need. While
// the image is made that finds out which code is worth keeping compiled; in a
// golden sandbox, of which others are clones, it happens before that one is
// saved.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'

const entry = 'src/LLMComponent.tsx'
const pages = ['/', '/src/main.tsx', `/${entry}`, '/src/index.css',
  '/@vite/client', '/@carrel/bridge.js']

async function page(socketPath, path) {
  const request = get({ socketPath, path, agent: false })
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  if (response.statusCode !== 200)
    throw new Error(`${path}: ${response.statusCode}`)
}

/**
 * root: the project; appSocket: where its pages are; ask(line): the judge;
 * freeze(): how many files the frozen app has. Leaves the project as it was.
 */
export async function rehearse(root, appSocket, ask, freeze) {
  const before = readFileSync(join(root, entry), 'utf8')
  const apply = (name, text) => {
    const folder = join(root, `.candidate/${name}`)
    mkdirSync(folder)
    cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true })
    writeFileSync(join(folder, entry), text)
    return ask(`apply ${folder}`)
  }
  const verdicts = [
    await apply('bad', `import { Nothing } from 'lucide-react'\n`
      + `import './Nowhere'\n${before}\nvoid Nothing\n`),
    await apply('good', `import { Heart } from 'lucide-react'\n`
      + `${before}\nvoid Heart\n`),
    await apply('back', before),
  ]
  if (verdicts.map(({ ok }) => ok).join() !== 'false,true,true')
    throw new Error(`the judge errs: ${JSON.stringify(verdicts)}`)
  for (const path of pages) await page(appSocket, path)
  if (!await freeze()) throw new Error('the app cannot be frozen')
}
