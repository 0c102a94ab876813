import { ArrowUpDown } from 'lucide-react';
import { Page, useStored } from './theme';

const look = {
  title: 'Unit converter',
  accent: '#1f5fbf',
  background: '#eef3f8',
  scale: 1,
  figures: 1,
  rounded: 18,
  dark: 'auto',
};

/** A unit is `size` base units large, counted from `zero` (only temperatures need that). */
type Unit = { name: string; sign: string; size: number; zero?: number };

const kinds: Record<string, Unit[]> = {
  Length: [
    { name: 'Millimetres', sign: 'mm', size: 0.001 },
    { name: 'Centimetres', sign: 'cm', size: 0.01 },
    { name: 'Metres', sign: 'm', size: 1 },
    { name: 'Kilometres', sign: 'km', size: 1000 },
    { name: 'Inches', sign: 'in', size: 0.0254 },
    { name: 'Feet', sign: 'ft', size: 0.3048 },
    { name: 'Yards', sign: 'yd', size: 0.9144 },
    { name: 'Miles', sign: 'mi', size: 1609.344 },
  ],
  Weight: [
    { name: 'Grams', sign: 'g', size: 0.001 },
    { name: 'Kilograms', sign: 'kg', size: 1 },
    { name: 'Tonnes', sign: 't', size: 1000 },
    { name: 'Ounces', sign: 'oz', size: 0.028349523125 },
    { name: 'Pounds', sign: 'lb', size: 0.45359237 },
    { name: 'Stones', sign: 'st', size: 6.35029318 },
  ],
  Temperature: [
    { name: 'Celsius', sign: '°C', size: 1, zero: 0 },
    { name: 'Fahrenheit', sign: '°F', size: 5 / 9, zero: 32 },
    { name: 'Kelvin', sign: 'K', size: 1, zero: 273.15 },
  ],
  Volume: [
    { name: 'Millilitres', sign: 'ml', size: 0.001 },
    { name: 'Litres', sign: 'l', size: 1 },
    { name: 'Teaspoons (US)', sign: 'tsp', size: 0.00492892159375 },
    { name: 'Tablespoons (US)', sign: 'tbsp', size: 0.01478676478125 },
    { name: 'Cups (US)', sign: 'cup', size: 0.2365882365 },
    { name: 'Pints (UK)', sign: 'pt', size: 0.56826125 },
    { name: 'Gallons (US)', sign: 'gal', size: 3.785411784 },
  ],
  Speed: [
    { name: 'Metres a second', sign: 'm/s', size: 1 },
    { name: 'Kilometres an hour', sign: 'km/h', size: 1 / 3.6 },
    { name: 'Miles an hour', sign: 'mph', size: 0.44704 },
    { name: 'Knots', sign: 'kn', size: 1852 / 3600 },
  ],
  Data: [
    { name: 'Bytes', sign: 'B', size: 1 },
    { name: 'Kilobytes', sign: 'kB', size: 1e3 },
    { name: 'Megabytes', sign: 'MB', size: 1e6 },
    { name: 'Gigabytes', sign: 'GB', size: 1e9 },
    { name: 'Kibibytes', sign: 'KiB', size: 2 ** 10 },
    { name: 'Mebibytes', sign: 'MiB', size: 2 ** 20 },
    { name: 'Gibibytes', sign: 'GiB', size: 2 ** 30 },
  ],
  Time: [
    { name: 'Seconds', sign: 's', size: 1 },
    { name: 'Minutes', sign: 'min', size: 60 },
    { name: 'Hours', sign: 'h', size: 3600 },
    { name: 'Days', sign: 'd', size: 86400 },
    { name: 'Weeks', sign: 'wk', size: 604800 },
  ],
};

const convert = (value: number, from: Unit, to: Unit) =>
  ((value - (from.zero ?? 0)) * from.size) / to.size + (to.zero ?? 0);

const show = (value: number) => {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-6 || size >= 1e12)) return value.toExponential(4);
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 8 }).format(value);
};

export default function LLMComponent() {
  const [kind, setKind] = useStored('kind', 'Length');
  const [typed, setTyped] = useStored('typed', '5');
  const [pair, setPair] = useStored<Record<string, [number, number]>>('pair', { Length: [3, 7] });
  const units = kinds[kind] ?? kinds.Length!;
  const [a, b] = pair[kind] ?? [0, 1];
  const from = units[a] ?? units[0]!;
  const to = units[b] ?? units[1]!;
  const value = Number(typed.trim().replace(',', '.'));
  const good = typed.trim() !== '' && Number.isFinite(value);
  const choose = (next: [number, number]) => setPair({ ...pair, [kind]: next });

  const picker = (label: string, at: number, onPick: (n: number) => void) => (
    <select
      aria-label={label}
      value={at}
      onChange={(e) => onPick(Number(e.target.value))}
      className="-ml-1 max-w-full rounded-(--r-small) bg-transparent py-1 pr-2 text-(--soft) hover:text-(--ink)"
    >
      {units.map((u, n) => (
        <option key={u.sign} value={n} className="bg-(--leaf) text-(--ink)">
          {u.name}
        </option>
      ))}
    </select>
  );
  const figure = { fontSize: 'calc(clamp(2.2rem, 8vw, 3.5rem) * var(--figures))' };

  return (
    <Page look={look}>
      <div className="mx-auto max-w-3xl px-5 py-10 sm:py-16">
        <h1 className="text-2xl font-semibold tracking-tight">{look.title}</h1>
        <div role="group" aria-label="What to convert" className="mt-5 -mx-5 flex gap-1 overflow-x-auto px-5 py-1 [scrollbar-width:none]">
          {Object.keys(kinds).map((name) => (
            <button
              key={name}
              aria-pressed={name === kind}
              onClick={() => setKind(name)}
              className={
                'shrink-0 rounded-full px-4 py-2 text-sm transition-colors ' +
                (name === kind
                  ? 'bg-(--ink) font-medium text-(--paper)'
                  : 'text-(--soft) hover:bg-(--line) hover:text-(--ink)')
              }
            >
              {name}
            </button>
          ))}
        </div>

        <div className="relative mt-5 rounded-(--r) border border-(--line) bg-(--leaf)">
          <div className="px-6 py-6 sm:px-8">
            {picker('From', a, (n) => choose([n, n === b ? a : b]))}
            <label className="mt-1 flex items-baseline gap-3">
              <input
                value={typed}
                inputMode="decimal"
                onChange={(e) => setTyped(e.target.value.slice(0, 16))}
                onFocus={(e) => e.target.select()}
                aria-label={`Amount in ${from.name.toLowerCase()}`}
                aria-invalid={!good}
                className="w-full min-w-0 bg-transparent font-light tracking-tight tabular-nums outline-none!"
                style={figure}
              />
              <span className="text-xl text-(--soft)">{from.sign}</span>
            </label>
          </div>
          <div className="relative border-t border-(--line)">
            <button
              aria-label="Swap the two units"
              onClick={() => choose([b, a])}
              className="absolute top-0 right-6 grid size-12 -translate-y-1/2 place-items-center rounded-full bg-(--accent) text-(--on-accent) sm:right-8"
            >
              <ArrowUpDown size={19} aria-hidden />
            </button>
          </div>
          <div className="px-6 py-6 sm:px-8">
            {picker('To', b, (n) => choose([n === a ? b : a, n]))}
            <p className="mt-1 flex items-baseline gap-3">
              <output
                aria-live="polite"
                className="w-full min-w-0 overflow-hidden font-light tracking-tight text-ellipsis text-(--accent-ink) tabular-nums"
                style={figure}
              >
                {good ? show(convert(value, from, to)) : '–'}
              </output>
              <span className="text-xl text-(--soft)">{to.sign}</span>
            </p>
          </div>
        </div>

        <h2 className="mt-10 mb-2 text-sm text-(--soft)">
          {good ? `${show(value)} ${from.sign} is also` : 'Type a number to convert it'}
        </h2>
        {good && (
          <dl className="grid gap-x-10 sm:grid-cols-2">
            {units
              .filter((u) => u !== from && u !== to)
              .map((u) => (
                <div key={u.sign} className="flex justify-between gap-4 border-b border-(--line) py-3">
                  <dt className="text-(--soft)">{u.name}</dt>
                  <dd className="tabular-nums">
                    {show(convert(value, from, u))} {u.sign}
                  </dd>
                </div>
              ))}
          </dl>
        )}
      </div>
    </Page>
  );
}
