import { useEffect, useState } from 'react';
import { Minus, Plus, RotateCcw, Undo2 } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Counter',
  accent: '#2f4fd8',
  background: '#f5f6fa',
  scale: 1,
  figures: 1,
  rounded: 16,
  dark: 'auto',
};

const steps = [1, 5, 10];

export default function LLMComponent() {
  const [count, setCount] = useStored('count', 0);
  const [step, setStep] = useStored('step', 1);
  const [past, setPast] = useState<number[]>([]);

  function go(to: number) {
    setPast((p) => [...p.slice(-49), count]);
    setCount(to);
  }

  function undo() {
    const last = past[past.length - 1];
    if (last === undefined) return;
    setPast(past.slice(0, -1));
    setCount(last);
  }

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'ArrowUp' || event.key === '+') go(count + step);
      else if (event.key === 'ArrowDown' || event.key === '-') go(count - step);
      else return;
      event.preventDefault();
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });

  const digits = String(Math.abs(count)).length + (count < 0 ? 1 : 0);
  const size = Math.min(15, 56 / Math.max(digits, 3));
  const quiet =
    'inline-flex items-center gap-2 rounded-(--r-small) px-3 py-2 text-sm text-(--soft) ' +
    'transition-colors hover:bg-(--wash) hover:text-(--ink) disabled:opacity-40';

  return (
    <Page look={look} className="flex flex-col">
      <header className="flex items-center justify-between px-6 py-5 sm:px-10">
        <h1 className="text-base font-medium tracking-tight">{look.title}</h1>
        <div className="flex gap-1">
          <button className={quiet} onClick={undo} disabled={past.length === 0}>
            <Undo2 size={16} aria-hidden /> Undo
          </button>
          <button className={quiet} onClick={() => go(0)} disabled={count === 0}>
            <RotateCcw size={16} aria-hidden /> Reset
          </button>
        </div>
      </header>

      <div className="grid flex-1 place-items-center overflow-hidden px-6">
        <output
          aria-live="polite"
          className="font-semibold leading-none tracking-[-0.05em] tabular-nums"
          style={{ fontSize: `calc(min(${size}rem, ${size * 1.9}vw) * var(--figures))` }}
        >
          {count < 0 ? '−' : ''}
          {Math.abs(count)}
        </output>
      </div>

      <footer className="mx-auto w-full max-w-xl px-6 pb-10">
        <div className="mb-5 flex items-center justify-center gap-1" role="group" aria-label="Step">
          <span className="mr-2 text-sm text-(--soft)">Count by</span>
          {steps.map((n) => (
            <button
              key={n}
              aria-pressed={n === step}
              onClick={() => setStep(n)}
              className={
                'min-w-11 rounded-(--r-small) px-3 py-2 text-sm tabular-nums transition-colors ' +
                (n === step
                  ? 'bg-(--accent-wash) font-semibold text-(--accent-ink)'
                  : 'text-(--soft) hover:bg-(--wash)')
              }
            >
              {n}
            </button>
          ))}
        </div>
        <div className="grid grid-cols-2 gap-3">
          <button
            aria-label={`Subtract ${step}`}
            onClick={() => go(count - step)}
            className="grid h-20 place-items-center rounded-(--r) border border-(--line) bg-(--leaf) transition active:scale-[0.98]"
          >
            <Minus size={28} strokeWidth={1.75} aria-hidden />
          </button>
          <button
            aria-label={`Add ${step}`}
            onClick={() => go(count + step)}
            className="grid h-20 place-items-center rounded-(--r) bg-(--accent) text-(--on-accent) transition active:scale-[0.98]"
          >
            <Plus size={28} strokeWidth={1.75} aria-hidden />
          </button>
        </div>
        <p className="mt-5 hidden text-center text-sm text-(--soft) sm:block">
          The arrow keys ↑ and ↓ count too.
        </p>
      </footer>
    </Page>
  );
}
