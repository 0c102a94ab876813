import { useEffect, useRef, useState } from 'react';
import { Minus, Play, Plus, Square } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Metronome',
  accent: '#b3361f',
  background: '#f3efe6',
  scale: 1,
  figures: 1,
  rounded: 12,
  dark: 'auto',
};

const tempos: [number, string][] = [
  [40, 'Grave'], [60, 'Largo'], [66, 'Larghetto'], [76, 'Adagio'], [108, 'Andante'],
  [120, 'Moderato'], [156, 'Allegro'], [176, 'Vivace'], [200, 'Presto'], [999, 'Prestissimo'],
];
const clamp = (n: number) => Math.min(240, Math.max(30, Math.round(n)));

function click(audio: AudioContext, at: number, strong: boolean) {
  const tone = audio.createOscillator();
  const gain = audio.createGain();
  tone.frequency.value = strong ? 1600 : 1050;
  gain.gain.setValueAtTime(strong ? 0.5 : 0.3, at);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.05);
  tone.connect(gain).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.06);
}

export default function LLMComponent() {
  const [bpm, setBpm] = useStored('bpm', 96);
  const [beats, setBeats] = useStored('beats', 4);
  const [playing, setPlaying] = useState(false);
  const [beat, setBeat] = useState(-1);
  const taps = useRef<number[]>([]);
  const setting = useRef({ bpm, beats });
  useEffect(() => {
    setting.current = { bpm, beats };
  }, [bpm, beats]);

  // Beats are placed on the audio clock a little ahead, so a busy page does not make them drag.
  useEffect(() => {
    if (!playing) return;
    const audio = new AudioContext();
    const shown: { at: number; n: number }[] = [];
    let next = audio.currentTime + 0.08;
    let n = 0;
    const plan = setInterval(() => {
      while (next < audio.currentTime + 0.15) {
        const { bpm: speed, beats: bar } = setting.current;
        n %= bar;
        click(audio, next, n === 0);
        shown.push({ at: next, n });
        next += 60 / speed;
        n++;
      }
    }, 25);
    let frame = requestAnimationFrame(function draw() {
      while (shown[0] && shown[0].at <= audio.currentTime) setBeat(shown.shift()!.n);
      frame = requestAnimationFrame(draw);
    });
    return () => {
      clearInterval(plan);
      cancelAnimationFrame(frame);
      void audio.close();
      setBeat(-1);
    };
  }, [playing]);

  function tap() {
    const now = performance.now();
    const recent = taps.current.filter((t) => now - t < 8000);
    const last = recent[recent.length - 1];
    taps.current = last !== undefined && now - last > 2000 ? [now] : [...recent, now].slice(-6);
    const first = taps.current[0]!;
    const gaps = taps.current.length - 1;
    if (gaps > 0) setBpm(clamp((60_000 * gaps) / (now - first)));
  }

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const typing = event.target instanceof HTMLInputElement;
      if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
      if (event.key === ' ' && !(event.target instanceof HTMLButtonElement)) setPlaying((p) => !p);
      else if (event.key === 'ArrowUp') setBpm((b) => clamp(b + 1));
      else if (event.key === 'ArrowDown') setBpm((b) => clamp(b - 1));
      else if (event.key === 't') tap();
      else return;
      event.preventDefault();
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });

  const tempo = tempos.find(([limit]) => bpm < limit)?.[1];
  const swing = beat < 0 ? 0 : beat % 2 === 0 ? 18 : -18;
  const round = 'grid size-12 shrink-0 place-items-center rounded-full border border-(--line) bg-(--leaf)';

  return (
    <Page look={look} className="grid md:grid-cols-2">
      <div className="relative flex min-h-[15rem] items-end justify-center overflow-hidden bg-(--accent-wash) px-6 md:min-h-dvh">
        <h1 className="absolute top-6 left-6 text-lg font-semibold tracking-tight">{look.title}</h1>
        <svg viewBox="0 0 200 230" className="h-[11.5rem] w-auto md:h-[62vh]" aria-hidden>
          <path d="M62 20 H138 L176 230 H24 Z" fill="var(--leaf)" stroke="var(--line)" strokeWidth="1.5" />
          {[50, 70, 90, 110, 130, 150].map((y) => (
            <path key={y} d={`M94 ${y} H106`} stroke="var(--faint)" strokeWidth="1.2" />
          ))}
          <g
            style={{
              transform: `rotate(${swing}deg)`,
              transformOrigin: '100px 196px',
              transition: `transform ${playing ? 60 / bpm : 0.4}s cubic-bezier(.45,.05,.55,.95)`,
            }}
          >
            <path d="M100 196 V26" stroke="var(--ink)" strokeWidth="2.4" strokeLinecap="round" />
            <path
              d="M-11 -10 H11 L7 10 H-7 Z"
              fill="var(--accent)"
              transform={`translate(100 ${44 + ((bpm - 30) / 210) * 104})`}
            />
          </g>
          <path d="M33 180 H167 L176 230 H24 Z" fill="var(--leaf)" stroke="var(--line)" strokeWidth="1.5" />
          <circle cx="100" cy="205" r="4" fill="var(--accent)" opacity={beat === 0 ? 1 : 0.25} />
        </svg>
      </div>

      <div className="flex flex-col justify-center px-6 py-8 sm:px-12">
        <div className="flex items-baseline gap-4">
          <output
            className="font-semibold leading-none tracking-[-0.05em] tabular-nums"
            style={{ fontSize: 'calc(7rem * var(--figures))' }}
          >
            {bpm}
          </output>
          <span className="text-(--soft)">
            beats a minute
            <br />
            <em>{tempo}</em>
          </span>
        </div>

        <div className="mt-8 flex items-center gap-4">
          <button className={round} aria-label="Slower" onClick={() => setBpm(clamp(bpm - 1))}>
            <Minus size={18} aria-hidden />
          </button>
          <input
            type="range"
            min={30}
            max={240}
            value={bpm}
            aria-label="Beats a minute"
            onChange={(e) => setBpm(clamp(Number(e.target.value)))}
            className="w-full accent-(--accent)"
          />
          <button className={round} aria-label="Faster" onClick={() => setBpm(clamp(bpm + 1))}>
            <Plus size={18} aria-hidden />
          </button>
        </div>

        <div className="mt-10 flex items-center justify-between gap-4">
          <div className="flex flex-wrap gap-2.5" aria-hidden>
            {Array.from({ length: beats }, (_, n) => (
              <span
                key={n}
                className={
                  'rounded-full transition-colors duration-75 ' +
                  (n === 0 ? 'h-4 w-7 ' : 'size-4 ') +
                  (n === beat ? 'bg-(--accent)' : 'bg-(--line)')
                }
              />
            ))}
          </div>
          <label className="flex items-center gap-2 text-sm text-(--soft)">
            Beats in a bar
            <select
              value={beats}
              onChange={(e) => setBeats(Number(e.target.value))}
              className="rounded-(--r-small) border border-(--line) bg-(--leaf) px-2 py-1.5 text-(--ink)"
            >
              {[2, 3, 4, 5, 6, 7].map((n) => (
                <option key={n}>{n}</option>
              ))}
            </select>
          </label>
        </div>

        <div className="mt-10 grid grid-cols-[1fr_auto] gap-3">
          <button
            onClick={() => setPlaying(!playing)}
            className="flex h-16 items-center justify-center gap-3 rounded-(--r) bg-(--accent) text-lg font-medium text-(--on-accent)"
          >
            {playing ? <Square size={18} aria-hidden /> : <Play size={18} aria-hidden />}
            {playing ? 'Stop' : 'Start'}
          </button>
          <button onClick={tap} className="h-16 rounded-(--r) border border-(--line) bg-(--leaf) px-8 font-medium">
            Tap
          </button>
        </div>
        <p className="mt-4 hidden text-sm text-(--soft) md:block">
          Space starts and stops, ↑ ↓ change the tempo, T taps it.
        </p>
      </div>
    </Page>
  );
}
