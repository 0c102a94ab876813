import { useEffect, useState } from 'react';
import { Pause, Play, RotateCcw } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Chess clock',
  accent: '#7a4f1d',
  background: '#efe8db',
  scale: 1,
  figures: 1,
  rounded: 20,
  dark: 'auto',
};

type Side = 0 | 1;
const players = ['White', 'Black'] as const;
const controls = [
  { name: '1 + 0', minutes: 1, bonus: 0 },
  { name: '3 + 2', minutes: 3, bonus: 2 },
  { name: '5 + 0', minutes: 5, bonus: 0 },
  { name: '10 + 5', minutes: 10, bonus: 5 },
  { name: '30 + 20', minutes: 30, bonus: 20 },
];

function clock(ms: number): string {
  if (ms < 20_000) return (Math.ceil(ms / 100) / 10).toFixed(1);
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export default function LLMComponent() {
  const [chosen, setChosen] = useStored('control', 2);
  const control = controls[chosen] ?? controls[2]!;
  const full = control.minutes * 60_000;
  const [left, setLeft] = useState<[number, number]>([full, full]);
  const [moves, setMoves] = useState<[number, number]>([0, 0]);
  const [turn, setTurn] = useState<Side | null>(null);
  const [running, setRunning] = useState(false);
  const lost = left[0] <= 0 ? 0 : left[1] <= 0 ? 1 : null;

  useEffect(() => {
    if (!running || turn === null) return;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const spent = now - last;
      last = now;
      setLeft((l) => {
        const next: [number, number] = [...l];
        next[turn] = Math.max(0, next[turn] - spent);
        return next;
      });
    }, 50);
    return () => clearInterval(timer);
  }, [running, turn]);

  useEffect(() => {
    if (lost !== null) setRunning(false);
  }, [lost]);

  /** The player who has just moved presses their own side. */
  function press(side: Side) {
    if (lost !== null || (turn !== null && (turn !== side || !running))) return;
    if (turn === side) {
      setLeft((l) => {
        const next: [number, number] = [...l];
        next[side] += control.bonus * 1000;
        return next;
      });
      setMoves((m) => (side === 0 ? [m[0] + 1, m[1]] : [m[0], m[1] + 1]));
    }
    setTurn(side === 0 ? 1 : 0);
    setRunning(true);
  }

  function reset(n: number) {
    const time = (controls[n] ?? control).minutes * 60_000;
    setChosen(n);
    setLeft([time, time]);
    setMoves([0, 0]);
    setTurn(null);
    setRunning(false);
  }

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.key !== ' ' || event.target instanceof HTMLButtonElement) return;
      event.preventDefault();
      press(turn ?? 1);
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });

  function half(side: Side) {
    const active = turn === side && lost === null;
    const hint =
      lost === side ? 'Time is up'
      : lost !== null ? 'Wins on time'
      : turn === null ? (side === 1 ? 'Press to start White’s clock' : 'Moves first')
      : active ? (running ? 'To move' : 'Paused') : 'Waiting';
    return (
      <button
        key={side}
        onClick={() => press(side)}
        aria-label={`${players[side]}: ${clock(left[side])}. ${hint}`}
        className={
          'flex min-h-0 flex-1 flex-col items-center justify-center rounded-(--r) border px-4 transition-colors duration-150 ' +
          (side === 1 ? 'max-md:rotate-180 ' : '') +
          (lost === side
            ? 'border-(--ink) bg-(--ink) text-(--paper)'
            : active
              ? 'border-(--accent) bg-(--accent) text-(--on-accent)'
              : 'border-(--line) bg-(--leaf)')
        }
      >
        <span className="text-sm font-medium">{players[side]}</span>
        <span
          className="my-1 font-medium leading-none tracking-[-0.04em] tabular-nums"
          style={{ fontSize: 'calc(clamp(4.5rem, 13vw, 9.5rem) * var(--figures))' }}
        >
          {clock(left[side])}
        </span>
        <span className="text-sm">
          {hint}
          {moves[side] > 0 && ` · ${moves[side]} ${moves[side] === 1 ? 'move' : 'moves'}`}
        </span>
      </button>
    );
  }

  return (
    <Page look={look} className="flex h-dvh flex-col gap-3 p-3 md:gap-4 md:p-6">
      <h1 className="sr-only md:not-sr-only md:text-lg md:font-semibold md:tracking-tight">{look.title}</h1>
      <div className="flex min-h-0 flex-1 flex-col gap-3 md:flex-row-reverse md:gap-4">
        {half(1)}
        <div className="flex items-center justify-center gap-3 md:hidden">{middle()}</div>
        {half(0)}
      </div>
      <div className="hidden items-center justify-center gap-3 md:flex">
        {middle()}
        <span className="text-sm text-(--soft)">Space ends the move.</span>
      </div>
    </Page>
  );

  function middle() {
    const small = 'grid size-11 shrink-0 place-items-center rounded-full border border-(--line) bg-(--leaf) disabled:opacity-40';
    return (
      <>
        <button
          className={small}
          disabled={turn === null || lost !== null}
          aria-label={running ? 'Pause' : 'Go on'}
          onClick={() => setRunning(!running)}
        >
          {running ? <Pause size={17} aria-hidden /> : <Play size={17} aria-hidden />}
        </button>
        <label>
          <span className="sr-only">Time control, minutes and seconds a move</span>
          <select
            value={chosen}
            disabled={running}
            onChange={(e) => reset(Number(e.target.value))}
            className="h-11 rounded-full border border-(--line) bg-(--leaf) px-5 tabular-nums disabled:opacity-40"
          >
            {controls.map((c, n) => (
              <option key={c.name} value={n}>
                {c.name}
              </option>
            ))}
          </select>
        </label>
        <button className={small} disabled={turn === null} aria-label="Start over" onClick={() => reset(chosen)}>
          <RotateCcw size={17} aria-hidden />
        </button>
      </>
    );
  }
}
