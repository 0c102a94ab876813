import { useEffect, useState } from 'react';
import { ArrowRight, Check, X } from 'lucide-react';
import { AnimatePresence, motion, MotionConfig } from 'motion/react';
import { Page, useStored } from './theme';

const look = {
  title: 'A short quiz',
  accent: '#6a3fb5',
  background: '#f7f4fb',
  scale: 1,
  figures: 1,
  rounded: 14,
  dark: 'auto',
};

/** The first answer is the right one; answers are shuffled when a round begins. */
const questions = [
  {
    ask: 'Which planet has the shortest day?',
    answers: ['Jupiter', 'Earth', 'Mars', 'Mercury'],
    why: 'Jupiter turns once in just under ten hours.',
  },
  {
    ask: 'What is the only even prime number?',
    answers: ['2', '0', '4', '6'],
    why: 'Every other even number can be divided by two.',
  },
  {
    ask: 'Which metal is liquid at room temperature?',
    answers: ['Mercury', 'Lead', 'Silver', 'Tin'],
    why: 'Mercury melts at −39 °C.',
  },
  {
    ask: 'Which instrument has 88 keys?',
    answers: ['A modern piano', 'A harpsichord', 'An accordion', 'A celesta'],
    why: 'A modern piano has 52 white and 36 black keys.',
  },
  {
    ask: 'How many bones does a grown person have?',
    answers: ['206', '106', '306', '412'],
    why: 'A newborn has about 270; many grow together.',
  },
  {
    ask: 'Which language has the most native speakers?',
    answers: ['Mandarin Chinese', 'English', 'Spanish', 'Hindi'],
    why: 'English leads only when second-language speakers are counted.',
  },
];

type Question = { ask: string; why: string; right: string; answers: string[] };

function shuffled<T>(items: T[]): T[] {
  const list = [...items];
  for (let n = list.length - 1; n > 0; n--) {
    const other = Math.floor(Math.random() * (n + 1));
    [list[n], list[other]] = [list[other]!, list[n]!];
  }
  return list;
}

const newRound = (): Question[] =>
  shuffled(questions).map((q) => ({
    ask: q.ask,
    why: q.why,
    right: q.answers[0]!,
    answers: shuffled(q.answers),
  }));

export default function LLMComponent() {
  const [round, setRound] = useState(newRound);
  const [picks, setPicks] = useState<string[]>([]);
  const [at, setAt] = useState(0);
  const [best, setBest] = useStored('best', 0);
  const question = round[at];
  const pick = picks[at];
  const score = round.filter((q, n) => picks[n] === q.right).length;

  function choose(answer: string) {
    if (question && pick === undefined) setPicks([...picks, answer]);
  }

  function next() {
    if (pick === undefined) return;
    if (at + 1 === round.length) setBest(Math.max(best, score));
    setAt(at + 1);
  }

  function again() {
    setRound(newRound());
    setPicks([]);
    setAt(0);
  }

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const answer = question?.answers['1234'.indexOf(event.key)];
      if (answer) choose(answer);
      else if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) next();
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });

  return (
    <Page look={look} className="flex flex-col">
      <header className="mx-auto flex w-full max-w-2xl items-center justify-between gap-6 px-6 pt-8">
        <h1 className="font-semibold tracking-tight">{look.title}</h1>
        <div className="flex gap-1.5" role="img" aria-label={`${picks.length} of ${round.length} answered, ${score} right`}>
          {round.map((q, n) => (
            <span
              key={q.ask}
              className={
                'h-1.5 w-6 rounded-full sm:w-9 ' +
                (picks[n] === undefined
                  ? n === at ? 'bg-(--faint)' : 'bg-(--line)'
                  : picks[n] === q.right ? 'bg-(--accent)' : 'bg-(--ink)')
              }
            />
          ))}
        </div>
      </header>

      <MotionConfig reducedMotion="user" transition={{ duration: 0.18 }}>
        <AnimatePresence mode="wait" initial={false}>
          <motion.div
            key={at}
            initial={{ opacity: 0, y: 4 }}
            animate={{ opacity: 1, y: 0 }}
            exit={{ opacity: 0 }}
            className="mx-auto flex w-full max-w-2xl flex-1 flex-col justify-center px-6 py-10"
          >
            {question ? (
              <>
                <p className="text-sm text-(--soft) tabular-nums">
                  Question {at + 1} of {round.length}
                </p>
                <h2 className="mt-2 text-3xl leading-tight font-semibold tracking-tight text-balance sm:text-4xl">
                  {question.ask}
                </h2>
                <ol className="mt-8 grid gap-2.5 sm:grid-cols-2">
                  {question.answers.map((answer, n) => {
                    const right = answer === question.right;
                    const shown = pick !== undefined && (right || answer === pick);
                    return (
                      <li key={answer}>
                        <button
                          onClick={() => choose(answer)}
                          disabled={pick !== undefined}
                          className={
                            'flex h-full min-h-16 w-full items-center gap-4 rounded-(--r) border px-5 py-4 text-left transition-colors ' +
                            (!shown
                              ? 'border-(--line) bg-(--leaf) enabled:hover:border-(--accent) disabled:text-(--soft)'
                              : right
                                ? 'border-(--accent) bg-(--accent) text-(--on-accent)'
                                : 'border-(--ink) bg-(--leaf) line-through decoration-1')
                          }
                        >
                          <span className="w-4 shrink-0 text-sm tabular-nums opacity-70" aria-hidden>
                            {shown ? right ? <Check size={17} /> : <X size={17} /> : n + 1}
                          </span>
                          {answer}
                        </button>
                      </li>
                    );
                  })}
                </ol>
                <div className="mt-6 flex min-h-14 items-center justify-between gap-6" aria-live="polite">
                  {pick === undefined ? (
                    <p className="text-sm text-(--soft) max-sm:hidden">Keys 1 to 4 choose an answer.</p>
                  ) : (
                    <>
                      <p>
                        <b className="font-semibold">{pick === question.right ? 'Right.' : 'Not quite.'}</b>{' '}
                        <span className="text-(--soft)">{question.why}</span>
                      </p>
                      <button
                        autoFocus
                        onClick={next}
                        className="flex h-12 shrink-0 items-center gap-2 rounded-(--r) bg-(--ink) px-5 font-medium text-(--paper)"
                      >
                        {at + 1 < round.length ? 'Next' : 'Result'} <ArrowRight size={17} aria-hidden />
                      </button>
                    </>
                  )}
                </div>
              </>
            ) : (
              <div aria-live="polite">
                <p className="text-(--soft)">Your result</p>
                <p
                  className="mt-1 leading-none font-semibold tracking-[-0.05em] tabular-nums"
                  style={{ fontSize: 'calc(8rem * var(--figures))' }}
                >
                  {score}
                  <span className="text-(--faint)">/{round.length}</span>
                </p>
                <p className="mt-5 text-lg">
                  {score === round.length
                    ? 'Every one of them. Well done.'
                    : score * 2 >= round.length
                      ? 'More than half. The reasons are below.'
                      : 'A start. The reasons are below.'}{' '}
                  <span className="text-(--soft)">Your best is {Math.max(best, score)}.</span>
                </p>
                <ul className="mt-8 border-t border-(--line)">
                  {round.map((q, n) => (
                    <li key={q.ask} className="flex gap-4 border-b border-(--line) py-3 text-sm">
                      {picks[n] === q.right ? (
                        <Check size={17} className="mt-0.5 shrink-0 text-(--accent-ink)" aria-label="Right" />
                      ) : (
                        <X size={17} className="mt-0.5 shrink-0" aria-label="Wrong" />
                      )}
                      <p>
                        {q.ask} <b className="font-medium">{q.right}.</b> <span className="text-(--soft)">{q.why}</span>
                      </p>
                    </li>
                  ))}
                </ul>
                <button
                  autoFocus
                  onClick={again}
                  className="mt-8 h-12 rounded-(--r) bg-(--accent) px-6 font-medium text-(--on-accent)"
                >
                  Play again
                </button>
              </div>
            )}
          </motion.div>
        </AnimatePresence>
      </MotionConfig>
    </Page>
  );
}
