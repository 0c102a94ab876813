// The components of the sample provider, against the project that apps are made of: strict
// TypeScript, one production build, and Chromium in light and dark, wide and narrow. Then a
// person's first minute with each: what is pressed does what it says.
// Needs a machine with Chromium; packages come from the project's own lock file.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync,
  writeFileSync } from 'node:fs';
import http from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const repo = fileURLToPath(new URL('../..', import.meta.url));
const build = process.env.CARREL_BUILD ?? join(repo, 'build');
const project = join(repo, 'www/sandbox/vite/project');
const place = join(build, 'tmp/sample');
const names = readdirSync(join(repo, 'www/sample'))
  .filter((file) => file.endsWith('.tsx') && file !== 'theme.tsx')
  .map((file) => file.slice(0, -4));
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .find(existsSync);
const screens = [[1280, 800], [860, 680], [390, 844]];
const pictures = process.env.CARREL_PICTURES;	// a folder for screenshots, for looking at them

/** Settings that a person may well ask for, and that no designer would. */
const odd = Object.fromEntries(['counter', 'todo', 'splitter', 'timer', 'dashboard'].flatMap((name) => [
  ['yellow', '#f2c200', '#ffffff', 'auto'], ['white', '#ffffff', '#ffffff', 'off'],
  ['black', '#18181b', '#000000', 'off'], ['navy', '#1b2a57', '#1b2a57', 'off'],
  ['scarlet', '#d92b1c', '#e5508f', 'off'], ['grey', '#808080', '#808080', 'on'],
].map(([word, accent, background, dark]) => [`${name}-${word}`, { name, accent, background, dark }])));

let browser, server, address;

/** The project's packages: those of the image if it is built, else fetched once. */
function findPackages() {
  const baked = join(build, 'image/vite/current/rootfs/app/node_modules');
  if (existsSync(join(baked, 'typescript'))) return baked;
  const own = join(build, 'tmp/sample-packages');
  const lock = readFileSync(join(project, 'package-lock.json'), 'utf8');
  const mark = join(own, 'installed-lock.json');
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
    mkdirSync(own, { recursive: true });
    cpSync(join(project, 'package.json'), join(own, 'package.json'));
    cpSync(join(project, 'package-lock.json'), join(own, 'package-lock.json'));
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: own, stdio: 'ignore' });
    writeFileSync(mark, lock);
  }
  return join(own, 'node_modules');
}

function run(tool, args) {
  try {
    execFileSync(process.execPath, [join(place, 'node_modules', tool), ...args],
      { cwd: place, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    assert.fail(`${tool} ${args.join(' ')}\n${error.stdout}${error.stderr}`);
  }
}

before(async () => {
  rmSync(place, { recursive: true, force: true });
  cpSync(project, place, { recursive: true, filter: (path) => !/node_modules|dist$/.test(path) });
  symlinkSync(findPackages(), join(place, 'node_modules'));
  cpSync(join(repo, 'www/sample'), join(place, 'src/sample'), { recursive: true });
  for (const [file, { name, ...look }] of Object.entries(odd)) {
    let source = readFileSync(join(repo, `www/sample/${name}.tsx`), 'utf8');
    for (const [setting, value] of Object.entries(look))
      source = source.replace(new RegExp(`\\n  ${setting}: .*,\\n`), `\n  ${setting}: '${value}',\n`);
    writeFileSync(join(place, `src/sample/${file}.tsx`), source);
  }
  writeFileSync(join(place, 'src/LLMComponent.tsx'), `
    import { lazy, Suspense } from 'react';
    const all = import.meta.glob<{ default: import('react').ComponentType }>('./sample/*.tsx');
    const App = lazy(all['./sample/' + location.pathname.slice(1) + '.tsx']!);
    export default function LLMComponent() { return <Suspense><App /></Suspense>; }`);
  run('vite/bin/vite.js', ['build', '--logLevel', 'error']);
  const types = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' };
  server = http.createServer((request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    const file = path.startsWith('/assets/') ? path : '/index.html';
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(join(place, 'dist', file)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${server.address().port}`;
  assert.ok(chromium, 'Chromium is needed to look at the components');
  const playwright = await import('playwright-core');
  browser = await playwright.chromium.launch({ executablePath: chromium,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'] });
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

/** Opens a component in a fresh browser profile; every complaint of the page is a failure. */
async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(address) && !/^(data|blob):/.test(request.url()))
      complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(`${address}/${name}`);
  await page.locator('main h1').first().waitFor({ state: 'attached' });
  return { page, close: async () => {
    assert.deepEqual(complaints, [], name);
    await context.close();
  } };
}

test('strict TypeScript accepts every component', () => {
  const config = JSON.parse(readFileSync(join(place, 'tsconfig.json'), 'utf8'));
  Object.assign(config.compilerOptions, { strict: true, noUnusedLocals: true,
    noUnusedParameters: true, noUncheckedIndexedAccess: true });
  writeFileSync(join(place, 'tsconfig.strict.json'), JSON.stringify({ ...config, include: ['src/sample'] }));
  run('typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.strict.json']);
});

test('every component begins with its settings, one a line', () => {
  assert.ok(names.length >= 17, names.join(' '));
  for (const name of names) {
    const source = readFileSync(join(repo, `www/sample/${name}.tsx`), 'utf8');
    const look = /\nconst look = \{\n((?:  \w+: .*,\n)+)\};\n/.exec(source)?.[1];
    assert.ok(look, name);
    for (const setting of ['title', 'accent', 'background', 'scale', 'rounded', 'dark'])
      assert.equal(look.split(`  ${setting}: `).length, 2, `${name}: ${setting}`);
    assert.match(source, /\nexport default function LLMComponent\(\) \{\n/);
    for (const [, from] of source.matchAll(/ from '([^']+)';/g)) {
      const packages = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).dependencies;
      const name = from.startsWith('@') ? from : from.split('/')[0];
      assert.ok(from === './theme' || name in packages, from);
    }
  }
});

/** Words whose contrast with what is behind them is too low, by the rule of WCAG 2. */
function findFaintWords() {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext('2d', { willReadFrequently: true });
  const rgba = (css) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = css;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const faint = [];
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('[aria-hidden=true], :disabled, svg, option, .sr-only, .line-through, .text-\\(--faint\\)')) continue;
    const layers = [];
    let opacity = 1;
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      layers.push(rgba(style.backgroundColor));
      opacity *= Number(style.opacity);
    }
    if (opacity < 0.5) continue;	// shown on hover only
    const ground = layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
    const [r, g, b, a] = rgba(getComputedStyle(element).color);
    const ink = over([r, g, b, a * opacity], ground);
    const [dim, bright] = [light(ink), light(ground)].sort((x, y) => x - y);
    const size = parseFloat(getComputedStyle(element).fontSize);
    const ratio = (bright + 0.05) / (dim + 0.05);
    if (ratio < (size >= 24 ? 3 : 4.5))
      faint.push(`${walk.currentNode.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}

/** Controls that nobody can name. */
const findNameless = () => [...document.querySelectorAll('button, a, input, select, textarea, canvas')]
  .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() && e.matches('button, a') || e.labels?.length))
  .map((e) => e.outerHTML.slice(0, 120));

/** Turns an open page into every width and both colour schemes (which it follows unless its
 * settings say otherwise), and looks at each. */
async function inEveryLight(page, sizes, follows, look) {
  await page.addStyleTag({ content: '* { transition: none !important }' });
  for (const [width, height] of sizes) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.waitForFunction(([scheme]) => !scheme ||
        getComputedStyle(document.documentElement).colorScheme === scheme, [follows && colorScheme]);
      await look(`${width} ${colorScheme}`);
    }
  }
}

for (const name of names) {
  test(`${name} is shown without a complaint, wide and narrow, light and dark`, async () => {
    const { page, close } = await open(name);
    await inEveryLight(page, screens, true, async (where) => {
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where}: wider than the screen`);
      assert.equal(await page.locator('h1').count(), 1, where);
      assert.deepEqual(await page.evaluate(findFaintWords), [], where);
      assert.deepEqual(await page.evaluate(findNameless), [], where);
      if (pictures)
        await page.screenshot({ path: join(pictures, `${name}-${where.replace(' ', '-')}.png`), fullPage: true });
    });
    await close();
  });
}

/** What a person does first with each, and what must come of it. */
const minutes = {
  async counter(page) {
    await page.getByRole('button', { name: 'Add 1' }).click();
    await page.getByRole('button', { name: '10', exact: true }).click();
    await page.keyboard.press('ArrowUp');
    await page.getByText('11', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.reload();
    assert.equal(await page.locator('output').innerText(), '1');
  },
  async todo(page) {
    await page.getByLabel('New task').fill('Water the ferns');
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: 'Water the ferns' }).click();
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await page.reload();
    assert.equal(await page.getByRole('checkbox', { name: 'Water the ferns' }).getAttribute('aria-checked'), 'true');
  },
  async timer(page) {
    await page.getByRole('button', { name: /Oolong/ }).click();
    await page.getByRole('button', { name: /type your own/ }).click();
    await page.getByLabel('Minutes').fill('0,02');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('is ready').waitFor();
  },
  async pomodoro(page) {
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('timer').getByText('24:5').waitFor();
    await page.getByRole('button', { name: 'Skip to the next phase' }).click();
    assert.equal(await page.getByRole('timer').innerText(), '05:00');
    await page.getByText('None finished today').waitFor();
  },
  async kanban(page) {
    await page.getByRole('button', { name: 'Add a card to Website, Doing' }).click();
    await page.getByLabel('What the new card says').fill('Ask Noor');
    await page.keyboard.press('Enter');
    const from = page.getByRole('region', { name: 'Website, Doing' }).getByText('Ask Noor');
    const box = await from.boundingBox();
    const to = await page.getByRole('region', { name: 'Product, Done' }).boundingBox();
    await page.mouse.move(box.x + 20, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + 40, box.y, { steps: 4 });
    await page.mouse.move(to.x + 60, to.y + 30, { steps: 12 });
    await page.mouse.up();
    await page.getByRole('region', { name: 'Product, Done' }).getByText('Ask Noor').waitFor();
    await page.getByText('2 of 7 done').waitFor();
    await page.reload();
    await page.getByRole('region', { name: 'Product, Done' }).getByText('Ask Noor').waitFor();
  },
  async dashboard(page) {
    await page.getByRole('button', { name: 'Q1' }).click();
    await page.getByRole('rowheader', { name: 'Feb' }).waitFor();
    await page.getByText('€133.4k').waitFor();
    assert.ok(await page.locator('.recharts-area path').count() >= 2);
  },
  async calculator(page) {
    for (const key of ['(', '2', '+', '3', ')', '*', '4', '-', '5', '0', '%'])
      await page.keyboard.press(key);
    await page.getByText('19.5').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /\(2 \+ 3\) × 4 − 50%/ }).waitFor();
    for (const key of ['C', '1', '/', '0']) await page.keyboard.press(key);
    await page.getByText('Not defined').waitFor();
  },
  async notes(page) {
    await page.getByRole('button', { name: 'New note' }).click();
    await page.getByLabel('Markdown').fill('# Bees\n\n<img src=x onerror="alert(1)"> **buzz**');
    await page.getByRole('article').getByRole('heading', { name: 'Bees' }).waitFor();
    assert.equal(await page.getByRole('article').locator('strong').innerText(), 'buzz');
    assert.equal(await page.getByRole('article').locator('img').count(), 0);
  },
  async quiz(page) {
    for (let n = 0; n < 6; n++) {
      await page.getByText(`Question ${n + 1} of 6`).waitFor();
      await page.keyboard.press('1');
      await page.getByRole('button', { name: n < 5 ? 'Next' : 'Result' }).click();
    }
    await page.getByText('Your result').waitFor();
    await page.getByRole('button', { name: 'Play again' }).click();
    await page.getByText('Question 1 of 6').waitFor();
  },
  async splitter(page) {
    await page.getByLabel('What for').fill('Boat');
    await page.getByLabel('Amount').fill('100');
    await page.getByLabel('Paid by').selectOption('Chloe');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('€590.50 in all').waitFor();
    // 142.00 + 32.25 + 33.34 is Ada's part, Ben's 175.33, Chloe's 207.58; they paid 186, 240, 164.50.
    await page.getByText('owes €43.08').waitFor();
  },
  async expenses(page) {
    await page.getByRole('button', { name: 'Clear them and begin' }).click();
    await page.getByLabel('What for').fill('Honey');
    await page.getByLabel('Amount').fill('7,50');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('€892.50 left of €900.00').waitFor();
  },
  async landing(page) {
    await page.getByRole('link', { name: /Tell me/ }).click();
    await page.getByLabel('Your e-mail address').fill('ada@example.org');
    await page.getByRole('button', { name: 'Keep me posted' }).click();
    await page.getByText('is kept in this browser').waitFor();
  },
  async habits(page) {
    await page.getByRole('checkbox').nth(6).click();
    await page.getByText('1/3').waitFor();
    await page.getByText('5 days in a row').waitFor();
    await page.getByLabel('A new habit').fill('Stretch');
    await page.keyboard.press('Enter');
    await page.getByText('1/4').waitFor();
  },
  async metronome(page) {
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.locator('output').innerText(), '97');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('span.bg-\\(--accent\\)').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
  },
  async chess(page) {
    await page.getByRole('button', { name: /^Black/ }).click();
    await page.getByRole('button', { name: /^White: 4:5/ }).click();
    await page.getByRole('button', { name: /^Black: 4:5/ }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).locator('visible=true').click();
    await page.getByText('Paused').waitFor();
  },
  async converter(page) {
    await page.getByRole('button', { name: 'Temperature' }).click();
    await page.getByLabel('Amount in celsius').fill('-40');
    await page.getByRole('status').getByText('-40').waitFor();
    await page.getByLabel('Amount in celsius').fill('100');
    await page.getByRole('status').getByText('212').waitFor();
  },
  async draw(page) {
    await page.mouse.move(300, 200);
    await page.mouse.down();
    await page.mouse.move(600, 400, { steps: 8 });
    await page.mouse.up();
    const ink = () => page.locator('canvas').evaluate((c) =>
      c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, n) => n % 4 < 3 && v < 100));
    assert.ok(await ink());
    await page.reload();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Draw with a mouse').waitFor();
    assert.equal(await ink(), false);
  },
  async page(page) {
    await page.getByLabel('Add a point').fill('A glossary');
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: 'A glossary' }).click();
    await page.getByText('1 of 1').waitFor();
    await page.getByLabel('Notes', { exact: true }).fill('Ask the beekeeper');
    await page.reload();
    assert.equal(await page.getByLabel('Notes', { exact: true }).inputValue(), 'Ask the beekeeper');
  },
};

for (const name of names) {
  test(`${name} does what it says`, async () => {
    assert.ok(minutes[name], 'nobody has tried it');
    const { page, close } = await open(name);
    await minutes[name](page);
    await close();
  });
}

for (const name of Object.keys(odd)) {
  test(`${name}: readable whatever the settings`, async () => {
    const { page, close } = await open(name);
    await inEveryLight(page, [screens[0]], odd[name].dark === 'auto', async (where) =>
      assert.deepEqual(await page.evaluate(findFaintWords), [], where));
    await close();
  });
}
