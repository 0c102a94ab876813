import { useEffect, useRef, useState } from 'react';
import { Pause, Play, RotateCcw } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Tea timer',
  accent: '#1c6a4f',
  background: '#faf8f3',
  scale: 1,
  figures: 1,
  rounded: 24,
  dark: 'auto',
};

const teas = [
  { name: 'Green', minutes: 2, note: '75 °C, one spoon' },
  { name: 'Black', minutes: 4, note: '95 °C, one spoon' },
  { name: 'Oolong', minutes: 3, note: '90 °C, one and a half' },
  { name: 'Herbal', minutes: 7, note: 'Boiling, two spoons' },
];

/** Three partials that die away: close enough to a small brass bell. */
function ring(audio: AudioContext) {
  const now = audio.currentTime;
  for (const [pitch, level, length] of [
    [660, 0.24, 3.2],
    [1320, 0.1, 2.1],
    [1984, 0.05, 1.2],
  ] as const) {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.0001, now);
    gain.gain.exponentialRampToValueAtTime(level, now + 0.01);
    gain.gain.exponentialRampToValueAtTime(0.0001, now + length);
    tone.connect(gain).connect(audio.destination);
    tone.start(now);
    tone.stop(now + length);
  }
}

const clock = (ms: number) => {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

export default function LLMComponent() {
  const [tea, setTea] = useStored('tea', 'Black');
  const [minutes, setMinutes] = useStored('minutes', 4);
  const [left, setLeft] = useState(minutes * 60_000);
  const [until, setUntil] = useState<number | null>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const audio = useRef<AudioContext | null>(null);
  const total = minutes * 60_000;
  const ready = left === 0;
  const running = until !== null;

  useEffect(() => {
    if (until === null) return;
    const timer = setInterval(() => {
      const rest = Math.max(0, until - Date.now());
      setLeft(rest);
      if (rest > 0) return;
      setUntil(null);
      if (audio.current) ring(audio.current);
    }, 100);
    return () => clearInterval(timer);
  }, [until]);

  useEffect(() => {
    document.title = running ? `${clock(left)} · ${tea}` : ready ? 'Tea is ready' : look.title;
  }, [running, ready, left, tea]);

  function set(name: string, mins: number) {
    setTea(name);
    setMinutes(mins);
    setUntil(null);
    setLeft(mins * 60_000);
  }

  function toggle() {
    // A browser lets sound begin only from a press, so the bell is made ready here.
    audio.current ??= new AudioContext();
    void audio.current.resume();
    if (running) setUntil(null);
    else setUntil(Date.now() + (ready ? total : left));
  }

  function accept() {
    const mins = Number(typed?.replace(',', '.'));
    if (mins > 0 && mins <= 180) set('My own', mins);
    setTyped(null);
  }

  const note = teas.find((t) => t.name === tea)?.note ?? 'Your own time';

  return (
    <Page look={look} className="relative isolate flex flex-col overflow-hidden">
      <div
        aria-hidden
        className="absolute inset-x-0 bottom-0 -z-10 bg-(--accent-wash) transition-[height] duration-200 ease-linear"
        style={{ height: `${100 * (1 - left / total)}%` }}
      />
      <header className="px-6 pt-8 text-center">
        <h1 className="text-base font-medium">{look.title}</h1>
      </header>

      <div className="flex flex-1 flex-col items-center justify-center px-6 py-10 text-center">
        <p className="mb-2 text-(--soft)" aria-live="polite">
          {ready ? `${tea} is ready` : `${tea} · ${note}`}
        </p>
        {typed === null ? (
          <button
            onClick={() => setTyped(String(minutes))}
            aria-label={`${clock(left)} left. Press to type your own minutes.`}
            className="rounded-(--r) px-4 font-extralight leading-none tracking-[-0.04em] tabular-nums"
            style={{ fontSize: 'calc(min(26vw, 11rem) * var(--figures))' }}
          >
            {clock(left)}
          </button>
        ) : (
          <input
            autoFocus
            inputMode="decimal"
            value={typed}
            onFocus={(e) => e.target.select()}
            onChange={(e) => setTyped(e.target.value.slice(0, 5))}
            onBlur={accept}
            onKeyDown={(e) => {
              if (e.key === 'Enter') accept();
              if (e.key === 'Escape') setTyped(null);
            }}
            aria-label="Minutes"
            className="w-[3.2em] border-b border-(--accent) bg-transparent text-center font-extralight leading-none outline-none!"
            style={{ fontSize: 'calc(min(26vw, 11rem) * var(--figures))' }}
          />
        )}
        <p className="mt-3 text-sm text-(--soft)">
          {typed === null ? 'Click the time to set your own' : 'Minutes, then Enter'}
        </p>

        <div className="mt-10 flex gap-3">
          <button
            onClick={toggle}
            className="inline-flex h-14 min-w-40 items-center justify-center gap-2.5 rounded-(--r) bg-(--accent) px-7 font-medium text-(--on-accent)"
          >
            {running ? <Pause size={18} aria-hidden /> : <Play size={18} aria-hidden />}
            {running ? 'Pause' : ready ? 'Again' : left < total ? 'Go on' : 'Start'}
          </button>
          <button
            onClick={() => set(tea, minutes)}
            aria-label="Start over"
            disabled={left === total}
            className="grid size-14 place-items-center rounded-(--r) border border-(--line) bg-(--leaf) disabled:text-(--faint)"
          >
            <RotateCcw size={18} aria-hidden />
          </button>
        </div>
      </div>

      <div
        role="group"
        aria-label="Tea"
        className="mx-auto grid w-full max-w-2xl grid-cols-4 border-t border-(--line) px-2 pb-6 sm:mb-8 sm:px-0"
      >
        {teas.map((t) => (
          <button
            key={t.name}
            aria-pressed={t.name === tea}
            onClick={() => set(t.name, t.minutes)}
            className={
              '-mt-px border-t-2 pt-4 pb-2 text-center transition-colors ' +
              (t.name === tea ? 'border-(--accent)' : 'border-transparent text-(--soft) hover:text-(--ink)')
            }
          >
            <span className="block font-medium">{t.name}</span>
            <span className="text-sm text-(--soft) tabular-nums">{t.minutes} min</span>
          </button>
        ))}
      </div>
    </Page>
  );
}
