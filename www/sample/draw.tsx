import { useEffect, useRef, useState } from 'react';
import type { PointerEvent } from 'react';
import { Download, Eraser, Pencil, Redo2, Trash2, Undo2 } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Drawing pad',
  accent: '#3a4a8c',
  background: '#f2f1ee',
  scale: 1,
  rounded: 14,
  dark: 'auto',
};

/** A point is x, y and the pressure of the pen; a stroke's colour is null for the eraser. */
type Stroke = { colour: string | null; width: number; points: [number, number, number][] };

const inks = ['#1f2023', look.accent, '#2d8a62', '#d8902f', '#c8453b', '#8b5fbf'];
const inkNames = ['Black', 'Accent', 'Green', 'Ochre', 'Red', 'Violet'];
const widths = [2, 5, 12, 26];
const paper = '#ffffff';

function paint(context: CanvasRenderingContext2D, stroke: Stroke) {
  context.lineCap = context.lineJoin = 'round';
  context.strokeStyle = context.fillStyle = stroke.colour ?? paper;
  const [first, ...rest] = stroke.points;
  if (!first) return;
  if (rest.length === 0) {
    context.beginPath();
    context.arc(first[0], first[1], stroke.width / 2, 0, 7);
    context.fill();
  }
  let [x, y] = first;
  let [mx, my] = [x, y];
  for (const [px, py, force] of rest) {
    const [nx, ny] = [(x + px) / 2, (y + py) / 2];
    context.lineWidth = stroke.width * (0.4 + 1.2 * force);
    context.beginPath();
    context.moveTo(mx, my);
    context.quadraticCurveTo(x, y, nx, ny);
    context.stroke();
    [x, y, mx, my] = [px, py, nx, ny];
  }
}

export default function LLMComponent() {
  const [strokes, setStrokes] = useStored<Stroke[]>('strokes', []);
  const [undone, setUndone] = useState<Stroke[]>([]);
  const [ink, setInk] = useState(0);
  const [width, setWidth] = useState(1);
  const [erasing, setErasing] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const live = useRef<Stroke | null>(null);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    function redraw() {
      const ratio = window.devicePixelRatio || 1;
      const box = element!.getBoundingClientRect();
      element!.width = box.width * ratio;
      element!.height = box.height * ratio;
      const context = element!.getContext('2d')!;
      context.scale(ratio, ratio);
      context.fillStyle = paper;
      context.fillRect(0, 0, box.width, box.height);
      strokes.forEach((stroke) => paint(context, stroke));
    }
    redraw();
    const observer = new ResizeObserver(redraw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [strokes]);

  function add(event: PointerEvent<HTMLCanvasElement>) {
    const stroke = live.current;
    if (!stroke) return;
    const box = event.currentTarget.getBoundingClientRect();
    const force = event.pointerType === 'pen' ? event.pressure : 0.5;
    stroke.points.push([
      Math.round((event.clientX - box.left) * 10) / 10,
      Math.round((event.clientY - box.top) * 10) / 10,
      Math.round(force * 100) / 100,
    ]);
    const tail = { ...stroke, points: stroke.points.slice(-4) };
    paint(event.currentTarget.getContext('2d')!, tail);
  }

  function begin(event: PointerEvent<HTMLCanvasElement>) {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const colour = erasing ? null : inks[ink]!;
    live.current = { colour, width: widths[width]! * (erasing ? 3 : 1), points: [] };
    add(event);
  }

  function finish() {
    const stroke = live.current;
    live.current = null;
    if (!stroke) return;
    setStrokes([...strokes, stroke]);
    setUndone([]);
  }

  function undo() {
    const last = strokes[strokes.length - 1];
    if (!last) return;
    setStrokes(strokes.slice(0, -1));
    setUndone([...undone, last]);
  }

  function redo() {
    const next = undone[undone.length - 1];
    if (!next) return;
    setUndone(undone.slice(0, -1));
    setStrokes([...strokes, next]);
  }

  function save() {
    const link = document.createElement('a');
    link.href = canvas.current!.toDataURL('image/png');
    link.download = 'drawing.png';
    link.click();
  }

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z') return;
      event.preventDefault();
      if (event.shiftKey) redo();
      else undo();
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });

  const tool = (on: boolean) =>
    'grid size-10 shrink-0 place-items-center rounded-(--r-small) transition-colors disabled:opacity-30 ' +
    (on ? 'bg-(--accent) text-(--on-accent)' : 'hover:bg-(--wash)');

  return (
    <Page look={look} className="flex h-dvh flex-col">
      <header className="flex items-center justify-between gap-3 px-4 py-3 sm:px-6">
        <h1 className="truncate font-semibold tracking-tight">{look.title}</h1>
        <div className="flex gap-0.5">
          <button className={tool(false)} aria-label="Undo" disabled={!strokes.length} onClick={undo}>
            <Undo2 size={18} aria-hidden />
          </button>
          <button className={tool(false)} aria-label="Redo" disabled={!undone.length} onClick={redo}>
            <Redo2 size={18} aria-hidden />
          </button>
          <button
            className={tool(false)}
            aria-label="Clear the page"
            disabled={!strokes.length}
            onClick={() => {
              setUndone([...strokes].reverse());
              setStrokes([]);
            }}
          >
            <Trash2 size={18} aria-hidden />
          </button>
          <button
            onClick={save}
            className="ml-2 flex h-10 items-center gap-2 rounded-(--r-small) border border-(--line) bg-(--leaf) px-4 text-sm font-medium"
          >
            <Download size={16} aria-hidden /> Save
          </button>
        </div>
      </header>

      <div className="relative min-h-0 flex-1 px-3 pb-32 sm:px-6 sm:pb-6">
        <canvas
          ref={canvas}
          aria-label="The page to draw on"
          onPointerDown={begin}
          onPointerMove={add}
          onPointerUp={finish}
          onPointerCancel={finish}
          className="size-full cursor-crosshair touch-none rounded-(--r) border border-(--line) bg-white"
        />
        {strokes.length === 0 && (
          <p className="pointer-events-none absolute inset-x-0 top-[38%] text-center text-lg text-neutral-500">
            <span className="bg-white">Draw with a mouse, a finger or a pen</span>
          </p>
        )}

        <div
          role="toolbar"
          aria-label="Tools"
          className="absolute inset-x-3 bottom-4 mx-auto flex w-fit max-w-[calc(100%-1.5rem)] flex-wrap items-center justify-center gap-1 rounded-(--r) border border-(--line) bg-(--leaf) p-1.5 shadow-[0_12px_32px_-12px_rgb(0_0_0/0.35)] sm:bottom-11"
        >
          <button className={tool(!erasing)} aria-label="Pencil" aria-pressed={!erasing} onClick={() => setErasing(false)}>
            <Pencil size={18} aria-hidden />
          </button>
          <button className={tool(erasing)} aria-label="Eraser" aria-pressed={erasing} onClick={() => setErasing(true)}>
            <Eraser size={18} aria-hidden />
          </button>
          <span className="mx-1 h-6 w-px bg-(--line) max-sm:hidden" />
          {inks.map((colour, n) => (
            <button
              key={inkNames[n]}
              aria-label={`${inkNames[n]} ink`}
              aria-pressed={!erasing && ink === n}
              onClick={() => {
                setInk(n);
                setErasing(false);
              }}
              className="grid size-9 place-items-center rounded-full"
            >
              <span
                className={'size-6 rounded-full border border-black/10 ring-offset-2 ring-offset-(--leaf) ' + (!erasing && ink === n ? 'ring-2 ring-(--ink)' : '')}
                style={{ background: colour }}
              />
            </button>
          ))}
          <span className="mx-1 h-6 w-px bg-(--line) max-sm:hidden" />
          {widths.map((size, n) => (
            <button
              key={size}
              aria-label={`Line ${n + 1} of ${widths.length}`}
              aria-pressed={width === n}
              onClick={() => setWidth(n)}
              className={'grid size-9 place-items-center rounded-(--r-small) ' + (width === n ? 'bg-(--line)' : 'hover:bg-(--wash)')}
            >
              <span className="rounded-full bg-(--ink)" style={{ width: 3 + n * 4, height: 3 + n * 4 }} />
            </button>
          ))}
        </div>
      </div>
    </Page>
  );
}
