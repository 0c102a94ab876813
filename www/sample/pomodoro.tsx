import { useEffect, useRef, useState } from 'react';
import { Pause, Play, SkipForward } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Pomodoro',
  accent: '#bf3b2c',
  background: '#fdf6f3',
  scale: 1,
  figures: 1,
  rounded: 28,
  dark: 'auto',
};

const phases = {
  focus: { name: 'Focus', minutes: 25, say: 'Time to focus' },
  short: { name: 'Short break', minutes: 5, say: 'Stand up, look far away' },
  long: { name: 'Long break', minutes: 15, say: 'You have earned this one' },
};
const beforeLongBreak = 4;

type Phase = keyof typeof phases;
type Day = { date: string; done: number };

function chime(audio: AudioContext) {
  [523.25, 659.25, 783.99].forEach((pitch, n) => {
    const at = audio.currentTime + n * 0.18;
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 1.4);
    tone.connect(gain).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 1.5);
  });
}

const clock = (ms: number) => {
  const seconds = Math.ceil(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
};

export default function LLMComponent() {
  const date = new Date().toDateString();
  const [stored, setDay] = useStored<Day>('day', { date, done: 0 });
  const [task, setTask] = useStored('task', '');
  const [phase, setPhase] = useState<Phase>('focus');
  const total = phases[phase].minutes * 60_000;
  const [left, setLeft] = useState(total);
  const [until, setUntil] = useState<number | null>(null);
  const audio = useRef<AudioContext | null>(null);
  const done = stored.date === date ? stored.done : 0;
  const running = until !== null;

  function enter(next: Phase) {
    setPhase(next);
    setUntil(null);
    setLeft(phases[next].minutes * 60_000);
  }

  /** A focus that was finished counts; one that was skipped does not. */
  function advance(finished: boolean) {
    const count = done + (phase === 'focus' && finished ? 1 : 0);
    if (count !== done) setDay({ date, done: count });
    enter(phase !== 'focus' ? 'focus' : count > 0 && count % beforeLongBreak === 0 ? 'long' : 'short');
  }

  useEffect(() => {
    if (until === null) return;
    const timer = setInterval(() => {
      const rest = Math.max(0, until - Date.now());
      setLeft(rest);
      if (rest > 0) return;
      if (audio.current) chime(audio.current);
      advance(true);
    }, 200);
    return () => clearInterval(timer);
  });

  useEffect(() => {
    document.title = running ? `${clock(left)} · ${phases[phase].name}` : look.title;
  }, [running, left, phase]);

  function toggle() {
    // A browser lets sound begin only from a press, so the chime is made ready here.
    audio.current ??= new AudioContext();
    void audio.current.resume();
    setUntil(running ? null : Date.now() + left);
  }

  const around = 2 * Math.PI * 140;

  return (
    <Page look={look} className="flex flex-col items-center px-5 py-8">
      <h1 className="font-semibold tracking-tight">{look.title}</h1>
      <div role="group" aria-label="Phase" className="mt-5 flex rounded-full bg-(--wash) p-1">
        {(Object.keys(phases) as Phase[]).map((p) => (
          <button
            key={p}
            aria-pressed={p === phase}
            onClick={() => enter(p)}
            className={
              'rounded-full px-4 py-2 text-sm transition-colors ' +
              (p === phase ? 'bg-(--lift) font-medium shadow-sm' : 'text-(--soft) hover:text-(--ink)')
            }
          >
            {phases[p].name}
          </button>
        ))}
      </div>

      <div className="flex flex-1 flex-col items-center justify-center py-8">
        <div className="relative grid size-[min(82vw,21rem)] place-items-center">
          <svg viewBox="0 0 300 300" className="absolute inset-0 -rotate-90" aria-hidden>
            <circle cx="150" cy="150" r="140" fill="none" stroke="var(--line)" strokeWidth="5" />
            <circle
              cx="150"
              cy="150"
              r="140"
              fill="none"
              stroke="var(--accent)"
              strokeWidth="5"
              strokeLinecap="round"
              strokeDasharray={`${(around * left) / total} ${around}`}
            />
          </svg>
          <div className="text-center">
            <p
              role="timer"
              className="leading-none font-light tracking-[-0.04em] tabular-nums"
              style={{ fontSize: 'calc(min(21vw, 5.4rem) * var(--figures))' }}
            >
              {clock(left)}
            </p>
            <p className="mt-3 text-sm text-(--soft)" aria-live="polite">
              {phases[phase].say}
            </p>
          </div>
        </div>

        <input
          value={task}
          onChange={(e) => setTask(e.target.value)}
          maxLength={80}
          aria-label="What you are working on"
          placeholder="What are you working on?"
          className="mt-9 w-full max-w-xs rounded-(--r-small) bg-transparent px-3 py-2 text-center text-lg placeholder:text-(--soft)"
        />

        <div className="mt-6 flex items-center gap-3">
          <button
            onClick={toggle}
            className="flex h-14 min-w-44 items-center justify-center gap-2.5 rounded-(--r) bg-(--accent) px-8 font-medium text-(--on-accent)"
          >
            {running ? <Pause size={18} aria-hidden /> : <Play size={18} aria-hidden />}
            {running ? 'Pause' : left < total ? 'Go on' : 'Start'}
          </button>
          <button
            onClick={() => advance(false)}
            aria-label="Skip to the next phase"
            className="grid size-14 place-items-center rounded-(--r) border border-(--line) bg-(--leaf)"
          >
            <SkipForward size={18} aria-hidden />
          </button>
        </div>
      </div>

      <footer className="flex items-center gap-3 text-sm text-(--soft)">
        <span className="flex gap-1.5" aria-hidden>
          {Array.from({ length: beforeLongBreak }, (_, n) => (
            <i key={n} className={'size-2.5 rounded-full ' + (n < (done % beforeLongBreak || (done ? beforeLongBreak : 0)) ? 'bg-(--accent)' : 'bg-(--line)')} />
          ))}
        </span>
        {done === 0 ? 'None finished today' : `${done} finished today`}
      </footer>
    </Page>
  );
}
