// What every sample component shares: colours made from two settings, the page
// frame, and state that survives a reload. Change `look` in LLMComponent.tsx first.
import { useEffect, useLayoutEffect, useState, useSyncExternalStore } from 'react';
import type { CSSProperties, Dispatch, ReactNode, SetStateAction } from 'react';

export type Look = {
  title: string;
  accent: string;
  background: string;
  scale: number;
  figures?: number;
  rounded: number;
  dark: string; // 'auto' follows the system; 'on' is always dark, 'off' never
};

const darkQuery = '(prefers-color-scheme: dark)';

function watchSystem(changed: () => void) {
  const query = window.matchMedia(darkQuery);
  query.addEventListener('change', changed);
  return () => query.removeEventListener('change', changed);
}

/** How much light a colour gives off: 0 is black, 1 is white, as is all but #rrggbb. */
function luminance(hex: string): number {
  const digits = /^#([0-9a-f]{6})$/i.exec(hex)?.[1];
  if (!digits) return 1;
  const n = parseInt(digits, 16);
  const linear = (part: number) => ((part / 255 + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(n >> 16) + 0.7152 * linear((n >> 8) & 255) + 0.0722 * linear(n & 255);
}

/** The colours of a look as CSS variables. Text stays readable whatever the settings. */
export function colours(look: Look, systemDark: boolean): Record<string, string> {
  const night = look.dark === 'on' || (look.dark === 'auto' && systemDark);
  const ground = luminance(look.background);
  const onDark = night || ground < 0.18;
  // The best contrast that this ground allows: in the middle, text must be black or white.
  const reach = night ? 15 : onDark ? 1.05 / (ground + 0.05) : (ground + 0.05) / 0.05;
  const middle = reach < 10;
  const paper = night
    ? `oklch(from ${look.background} min(l, 0.2) min(c, 0.03) h)`
    : look.background;
  const fill = onDark
    ? `oklch(from ${look.accent} max(l, 0.7) min(c, 0.15) h)`
    : `oklch(from ${look.accent} min(l, 0.87) c h)`;
  const mix = (percent: number) => `color-mix(in oklab, var(--ink) ${percent}%, var(--paper))`;
  const ink = onDark ? (middle ? 1 : 0.94) : middle ? 0 : 0.24;
  return {
    '--paper': paper,
    '--ink': `oklch(from ${look.background} ${ink} ${middle ? 0 : 'min(c, 0.016)'} h)`,
    '--soft': mix(reach < 7 ? 100 : middle ? 88 : 66),
    '--faint': mix(38),
    '--line': mix(13),
    '--wash': mix(onDark ? 9 : 5),
    '--leaf': onDark
      ? 'color-mix(in oklab, white 5%, var(--paper))'
      : 'color-mix(in oklab, white 75%, var(--paper))',
    '--lift': onDark ? 'color-mix(in oklab, white 15%, var(--paper))' : 'var(--leaf)',
    '--accent': fill,
    '--on-accent': `oklch(from ${fill} clamp(0.17, (0.58 - l) * 1000, 1) 0 0)`,
    '--accent-ink': middle
      ? 'var(--ink)'
      : `oklch(from ${look.accent} ${onDark ? 'max(l, 0.78) min(c, 0.14)' : 'min(l, 0.5) c'} h)`,
    '--accent-wash': 'color-mix(in oklab, var(--accent) 12%, var(--paper))',
    '--r': `${look.rounded}px`,
    '--r-small': `${look.rounded * 0.6}px`,
    '--r-big': `${look.rounded * 1.6}px`,
    '--figures': String(look.figures ?? 1),
    colorScheme: onDark ? 'dark' : 'light',
  };
}

/** The frame of the page: puts the colours in force and names the tab. */
export function Page(props: { look: Look; className?: string; children: ReactNode }) {
  const { look } = props;
  const systemDark = useSyncExternalStore(
    watchSystem,
    () => window.matchMedia(darkQuery).matches,
  );
  const style = colours(look, systemDark);
  useLayoutEffect(() => {
    const root = document.documentElement;
    for (const [name, value] of Object.entries(style)) {
      root.style.setProperty(name === 'colorScheme' ? 'color-scheme' : name, value);
    }
    root.style.background = 'var(--paper)';
    root.style.fontSize = `${100 * look.scale}%`;
  });
  useEffect(() => {
    document.title = look.title;
  }, [look.title]);
  return (
    <main
      style={style as CSSProperties}
      className={
        'min-h-dvh bg-(--paper) text-(--ink) antialiased selection:bg-(--accent) ' +
        'selection:text-(--on-accent) [&_:focus-visible]:outline-2 ' +
        '[&_:focus-visible]:outline-offset-2 [&_:focus-visible]:outline-(--accent) ' +
        (props.className ?? '')
      }
    >
      {props.children}
    </main>
  );
}

/** State that is kept in this browser. What cannot be read back is forgotten. */
export function useStored<T>(key: string, initial: T): [T, Dispatch<SetStateAction<T>>] {
  const [value, setValue] = useState<T>(() => {
    try {
      const text = localStorage.getItem(key);
      if (text === null) return initial;
      const stored: unknown = JSON.parse(text);
      const sameShape =
        typeof stored === typeof initial && Array.isArray(stored) === Array.isArray(initial);
      return sameShape && stored !== null ? (stored as T) : initial;
    } catch {
      return initial;
    }
  });
  useEffect(() => {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // A full or forbidden store: the page still works until it is closed.
    }
  }, [key, value]);
  return [value, setValue];
}
