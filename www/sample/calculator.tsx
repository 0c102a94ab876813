import { useEffect, useRef } from 'react';
import { Delete } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Calculator',
  accent: '#bd4d16',
  background: '#ebe8e1',
  scale: 1,
  figures: 1,
  rounded: 14,
  dark: 'auto',
};

type Entry = { sum: string; result: string };

/** Works out + − × ÷ % and brackets by the usual order; null means not a sum (yet). */
function work(sum: string): number | null {
  const parts = sum.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|[-+*/%()]/g) ?? [];
  if (parts.join('') !== sum) return null;
  let at = 0;
  function atom(): number {
    const part = parts[at++];
    if (part === '-') return -atom();
    if (part === '(') {
      const inside = expression();
      if (parts[at++] !== ')') throw new Error('bracket');
      return percent(inside);
    }
    if (part === undefined || !/[\d.]/.test(part)) throw new Error('number');
    return percent(Number(part));
  }
  function percent(value: number): number {
    while (parts[at] === '%') {
      at++;
      value /= 100;
    }
    return value;
  }
  function term(): number {
    let value = atom();
    for (;;) {
      if (parts[at] === '*') (at++, (value *= atom()));
      else if (parts[at] === '/') (at++, (value /= atom()));
      else return value;
    }
  }
  function expression(): number {
    let value = term();
    for (;;) {
      if (parts[at] === '+') (at++, (value += term()));
      else if (parts[at] === '-') (at++, (value -= term()));
      else return value;
    }
  }
  try {
    const value = expression();
    return at === parts.length ? value : null;
  } catch {
    return null;
  }
}

const exact = (value: number) => String(Number(value.toPrecision(12)));
const pretty = (text: string) =>
  text
    .replace(/\*/g, ' × ')
    .replace(/\//g, ' ÷ ')
    .replace(/(?<=[\d)%.])([+-])/g, ' $1 ')
    .replace(/-/g, '−');

const keys = [
  ['C', '(', ')', '/'],
  ['7', '8', '9', '*'],
  ['4', '5', '6', '-'],
  ['1', '2', '3', '+'],
  ['%', '0', '.', '='],
];
const names: Record<string, string> = {
  C: 'Clear', '/': 'Divide', '*': 'Times', '-': 'Minus', '+': 'Plus', '=': 'Equals',
  '%': 'Percent', '.': 'Point', '(': 'Open bracket', ')': 'Close bracket',
};
const signs: Record<string, string> = { '/': '÷', '*': '×', '-': '−' };

export default function LLMComponent() {
  const [sum, setSum] = useStored('sum', '');
  const [tape, setTape] = useStored<Entry[]>('tape', []);
  const end = useRef<HTMLSpanElement>(null);
  const value = work(sum);
  const finite = value !== null && Number.isFinite(value);

  function press(key: string) {
    if (key === 'C') setSum('');
    else if (key === 'back') setSum(sum.slice(0, -1));
    else if (key === '=') {
      if (!finite || sum === exact(value)) return;
      setTape([{ sum, result: exact(value) }, ...tape].slice(0, 12));
      setSum(exact(value));
    } else if (sum.length < 60) {
      // A second operator replaces the first, except a minus that makes a number negative.
      const operator = '+*/'.includes(key) || (key === '-' && /[-+]$/.test(sum));
      if (operator && !/[\d)%.]/.test(sum)) return;
      setSum(operator ? sum.replace(/[-+*/]+$/, '') + key : sum + key);
    }
  }

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const key =
        event.key === 'Enter' ? '=' : event.key === 'Backspace' ? 'back'
        : event.key === 'Escape' ? 'C' : event.key === ',' ? '.' : event.key;
      if (!/^([\d.+*/()%=C-]|back)$/.test(key)) return;
      event.preventDefault();
      press(key);
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest', inline: 'end' });
  }, [sum]);

  return (
    <Page look={look} className="grid place-items-center sm:p-8">
      <div className="grid w-full max-w-4xl gap-8 md:grid-cols-[22rem_1fr] md:gap-14">
        <section
          aria-label={look.title}
          className="flex min-h-dvh flex-col bg-(--leaf) p-5 sm:min-h-0 sm:rounded-(--r-big) sm:border sm:border-(--line) sm:shadow-[0_24px_48px_-24px_rgb(0_0_0/0.25)]"
        >
          <div className="flex items-center justify-between">
            <h1 className="text-sm font-medium text-(--soft)">{look.title}</h1>
            <button
              aria-label="Delete the last character"
              onClick={() => press('back')}
              disabled={!sum}
              className="grid size-9 place-items-center rounded-full text-(--soft) hover:bg-(--wash) disabled:opacity-30"
            >
              <Delete size={18} aria-hidden />
            </button>
          </div>
          <div className="flex flex-1 flex-col justify-end pt-8 pb-5 text-right sm:pt-10">
            <p className="h-7 overflow-x-auto whitespace-nowrap text-lg text-(--soft) tabular-nums [scrollbar-width:none]">
              {pretty(sum)}
              <span ref={end} />
            </p>
            <output
              aria-live="polite"
              className="block overflow-hidden font-light leading-tight tracking-tight text-ellipsis tabular-nums"
              style={{
                fontSize: `calc(${finite && exact(value).length > 9 ? 2.1 : 3.4}rem * var(--figures))`,
              }}
            >
              {value === null ? (sum ? '…' : '0') : finite ? pretty(exact(value)) : 'Not defined'}
            </output>
          </div>
          <div className="grid grid-cols-4 gap-2">
            {keys.flat().map((key) => (
              <button
                key={key}
                onClick={() => press(key)}
                aria-label={names[key]}
                className={
                  'h-15 rounded-(--r) text-xl tabular-nums transition active:scale-95 ' +
                  (key === '='
                    ? 'bg-(--accent) text-(--on-accent)'
                    : /\d|\./.test(key)
                      ? 'bg-(--wash) hover:bg-(--line)'
                      : 'text-(--accent-ink) hover:bg-(--wash)')
                }
              >
                {signs[key] ?? key}
              </button>
            ))}
          </div>
        </section>

        <section aria-label="Tape" className="hidden flex-col md:flex">
          <div className="flex items-baseline justify-between border-b border-(--line) pb-3">
            <h2 className="font-medium">Tape</h2>
            {tape.length > 0 && (
              <button onClick={() => setTape([])} className="text-sm text-(--soft) hover:text-(--ink)">
                Clear
              </button>
            )}
          </div>
          {tape.length === 0 && (
            <p className="mt-4 max-w-xs text-(--soft)">
              Finished sums appear here. Click one to use its result again. The keyboard works too.
            </p>
          )}
          <ol>
            {tape.map((entry, n) => (
              <li key={tape.length - n} className="border-b border-(--line)">
                <button
                  onClick={() => setSum(entry.result)}
                  className="flex w-full items-baseline justify-between gap-6 py-3 text-left tabular-nums hover:text-(--accent-ink)"
                >
                  <span className="truncate text-(--soft)">{pretty(entry.sum)}</span>
                  <span className="text-lg">{pretty(entry.result)}</span>
                </button>
              </li>
            ))}
          </ol>
        </section>
      </div>
    </Page>
  );
}
