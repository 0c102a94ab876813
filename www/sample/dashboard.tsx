import { ArrowDownRight, ArrowUpRight } from 'lucide-react';
import {
  Area, AreaChart, Bar, BarChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip,
  XAxis, YAxis,
} from 'recharts';
import { Page, useStored } from './theme';

const look = {
  title: 'Quarterly dashboard',
  accent: '#0d7a72',
  background: '#f6f8f8',
  scale: 1,
  figures: 1,
  rounded: 12,
  dark: 'auto',
};

// Invented figures. Replace these rows with your own; everything below follows from them.
const months = [
  { month: 'Jan', revenue: 42.1, costs: 31.0, customers: 318, left: 11 },
  { month: 'Feb', revenue: 43.8, costs: 31.9, customers: 331, left: 9 },
  { month: 'Mar', revenue: 47.5, costs: 32.2, customers: 352, left: 12 },
  { month: 'Apr', revenue: 46.2, costs: 34.8, customers: 360, left: 14 },
  { month: 'May', revenue: 51.0, costs: 35.1, customers: 384, left: 10 },
  { month: 'Jun', revenue: 54.7, costs: 35.9, customers: 409, left: 8 },
  { month: 'Jul', revenue: 53.9, costs: 37.4, customers: 418, left: 15 },
  { month: 'Aug', revenue: 58.3, costs: 38.0, customers: 440, left: 12 },
  { month: 'Sep', revenue: 62.6, costs: 38.8, customers: 467, left: 9 },
  { month: 'Oct', revenue: 61.4, costs: 40.6, customers: 476, left: 13 },
  { month: 'Nov', revenue: 66.9, costs: 41.2, customers: 503, left: 11 },
  { month: 'Dec', revenue: 71.2, costs: 42.0, customers: 538, left: 7 },
];

const products = [
  { name: 'Subscriptions', share: 46 },
  { name: 'Workshops', share: 24 },
  { name: 'Consulting', share: 18 },
  { name: 'Books', share: 12 },
];

const quarters = ['Q1', 'Q2', 'Q3', 'Q4'];
type Month = (typeof months)[number];
const sum = (rows: Month[], of: (m: Month) => number) => rows.reduce((n, m) => n + of(m), 0);
const thousands = (n: number) => `€${n.toFixed(1)}k`;

function Tile(props: {
  label: string;
  value: string;
  change: number | null;
  better?: 'up' | 'down';
  line: number[];
}) {
  const { change } = props;
  const good = change === null || change === 0 || change > 0 === (props.better !== 'down');
  const Arrow = (change ?? 0) < 0 ? ArrowDownRight : ArrowUpRight;
  return (
    <div className="rounded-(--r) border border-(--line) bg-(--leaf) p-5">
      <p className="text-sm text-(--soft)">{props.label}</p>
      <div className="mt-2 flex items-end justify-between gap-3">
        <p
          className="font-semibold leading-none tracking-tight tabular-nums"
          style={{ fontSize: 'calc(1.75rem * var(--figures))' }}
        >
          {props.value}
        </p>
        <div className="h-8 w-20 shrink-0" aria-hidden>
          <ResponsiveContainer width="100%" height="100%">
            <LineChart data={props.line.map((v) => ({ v }))} accessibilityLayer={false}>
              <YAxis hide domain={['dataMin', 'dataMax']} />
              <Line dataKey="v" stroke="var(--accent)" strokeWidth={1.75} dot={false} isAnimationActive={false} />
            </LineChart>
          </ResponsiveContainer>
        </div>
      </div>
      <p className="mt-3 flex items-center gap-1 text-sm text-(--soft)">
        {change === null ? (
          'first quarter shown'
        ) : (
          <>
            <span className={'flex items-center font-medium tabular-nums ' + (good ? 'text-(--accent-ink)' : 'text-(--ink)')}>
              <Arrow size={15} aria-hidden />
              {Math.abs(change).toFixed(1)} %
            </span>
            on the quarter before
          </>
        )}
      </p>
    </div>
  );
}

export default function LLMComponent() {
  const [quarter, setQuarter] = useStored('quarter', 3);
  const rows = (q: number) => months.slice(q * 3, q * 3 + 3);
  const now = rows(quarter);
  const before = quarter > 0 ? rows(quarter - 1) : null;
  const change = (of: (r: Month[]) => number) =>
    before ? (100 * (of(now) - of(before))) / of(before) : null;

  const revenue = (r: Month[]) => sum(r, (m) => m.revenue);
  const profit = (r: Month[]) => sum(r, (m) => m.revenue - m.costs);
  const customers = (r: Month[]) => r[r.length - 1]?.customers ?? 0;
  const churn = (r: Month[]) => (100 * sum(r, (m) => m.left)) / sum(r, (m) => m.customers);
  const axis = { tickLine: false, axisLine: false, tick: { fill: 'var(--soft)', fontSize: 12 } };
  const tip = {
    contentStyle: {
      background: 'var(--leaf)', border: '1px solid var(--line)', borderRadius: 'var(--r-small)',
      color: 'var(--ink)', fontSize: 13,
    },
    labelStyle: { color: 'var(--soft)' },
    itemStyle: { color: 'var(--ink)' },
  };

  return (
    <Page look={look}>
      <div className="mx-auto max-w-6xl px-5 py-8 sm:px-8 sm:py-10">
        <header className="flex flex-wrap items-center justify-between gap-4">
          <div>
            <h1 className="text-2xl font-semibold tracking-tight">{look.title}</h1>
            <p className="mt-1 text-sm text-(--soft)">Example figures, in thousands of euros</p>
          </div>
          <div role="group" aria-label="Quarter" className="flex rounded-(--r-small) border border-(--line) bg-(--leaf) p-1">
            {quarters.map((name, n) => (
              <button
                key={name}
                aria-pressed={n === quarter}
                onClick={() => setQuarter(n)}
                className={
                  'rounded-(--r-small) px-4 py-1.5 text-sm transition-colors ' +
                  (n === quarter ? 'bg-(--accent) font-medium text-(--on-accent)' : 'text-(--soft) hover:text-(--ink)')
                }
              >
                {name}
              </button>
            ))}
          </div>
        </header>

        <section aria-label="Key figures" className="mt-7 grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
          <Tile label="Revenue" value={thousands(revenue(now))} change={change(revenue)} line={now.map((m) => m.revenue)} />
          <Tile label="Profit" value={thousands(profit(now))} change={change(profit)} line={now.map((m) => m.revenue - m.costs)} />
          <Tile label="Customers" value={String(customers(now))} change={change(customers)} line={now.map((m) => m.customers)} />
          <Tile label="Customers lost a month" value={`${churn(now).toFixed(1)} %`} change={change(churn)} better="down" line={now.map((m) => m.left)} />
        </section>

        <div className="mt-3 grid gap-3 lg:grid-cols-3">
          <section className="rounded-(--r) border border-(--line) bg-(--leaf) p-5 lg:col-span-2">
            <div className="flex flex-wrap items-baseline justify-between gap-2">
              <h2 className="font-medium">Revenue and costs</h2>
              <p className="flex gap-4 text-sm text-(--soft)">
                <span className="flex items-center gap-1.5">
                  <i className="h-0.5 w-4 bg-(--accent)" /> Revenue
                </span>
                <span className="flex items-center gap-1.5">
                  <i className="w-4 border-t-2 border-dashed border-(--faint)" /> Costs
                </span>
              </p>
            </div>
            <div className="mt-5 h-72">
              <ResponsiveContainer width="100%" height="100%">
                <AreaChart data={months} margin={{ top: 8, right: 8, left: -18, bottom: 0 }}>
                  <CartesianGrid vertical={false} stroke="var(--line)" />
                  <XAxis dataKey="month" {...axis} dy={6} />
                  <YAxis {...axis} />
                  <Tooltip {...tip} formatter={(v) => thousands(Number(v))} cursor={{ stroke: 'var(--faint)' }} />
                  <Area dataKey="revenue" name="Revenue" stroke="var(--accent)" strokeWidth={2} fill="var(--accent)" fillOpacity={0.1} />
                  <Area dataKey="costs" name="Costs" stroke="var(--faint)" strokeWidth={2} strokeDasharray="5 4" fill="none" />
                </AreaChart>
              </ResponsiveContainer>
            </div>
          </section>

          <section className="rounded-(--r) border border-(--line) bg-(--leaf) p-5">
            <h2 className="font-medium">Where it comes from</h2>
            <ul className="mt-5 space-y-5">
              {products.map((p, n) => (
                <li key={p.name}>
                  <div className="flex justify-between text-sm">
                    <span>{p.name}</span>
                    <span className="text-(--soft) tabular-nums">{p.share} %</span>
                  </div>
                  <div className="mt-2 h-2 rounded-full bg-(--line)">
                    <div
                      className="h-2 rounded-full bg-(--accent)"
                      style={{ width: `${p.share}%`, opacity: 1 - n * 0.2 }}
                    />
                  </div>
                </li>
              ))}
            </ul>
          </section>

          <section className="rounded-(--r) border border-(--line) bg-(--leaf) p-5">
            <h2 className="font-medium">Customers lost</h2>
            <div className="mt-4 h-44">
              <ResponsiveContainer width="100%" height="100%">
                <BarChart data={months} margin={{ top: 4, right: 0, left: -28, bottom: 0 }}>
                  <XAxis dataKey="month" {...axis} interval={2} dy={6} />
                  <YAxis {...axis} allowDecimals={false} />
                  <Tooltip {...tip} cursor={{ fill: 'var(--line)' }} />
                  <Bar dataKey="left" name="Lost" fill="var(--accent)" radius={[3, 3, 0, 0]} />
                </BarChart>
              </ResponsiveContainer>
            </div>
          </section>

          <section className="overflow-x-auto rounded-(--r) border border-(--line) bg-(--leaf) p-5 lg:col-span-2">
            <h2 className="font-medium">{quarters[quarter]} by month</h2>
            <table className="mt-3 w-full min-w-[26rem] text-sm tabular-nums">
              <thead>
                <tr className="text-right text-(--soft) [&>th]:py-2 [&>th]:font-normal">
                  <th scope="col" className="text-left">Month</th>
                  <th scope="col">Revenue</th>
                  <th scope="col">Costs</th>
                  <th scope="col">Profit</th>
                  <th scope="col">Customers</th>
                </tr>
              </thead>
              <tbody>
                {now.map((m) => (
                  <tr key={m.month} className="border-t border-(--line) text-right [&>td]:py-2.5">
                    <th scope="row" className="text-left font-normal">{m.month}</th>
                    <td>{thousands(m.revenue)}</td>
                    <td>{thousands(m.costs)}</td>
                    <td className="font-medium">{thousands(m.revenue - m.costs)}</td>
                    <td>{m.customers}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </div>
      </div>
    </Page>
  );
}
