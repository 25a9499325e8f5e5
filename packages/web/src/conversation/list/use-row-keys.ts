import { useCallback, useState } from 'react';
import type { KeyboardEvent } from 'react';
import type { Message } from '@sotto/engine/api';
import type { Row } from './rows.ts';

export interface RowKeys {
  /** Position of the message that Tab comes to; null: the newest. */
  readonly active: number | null;
  /** Position of the one that takes the focus with the next rendering. */
  readonly focusing: number | null;
  readonly onFocus: (position: number) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

interface RowKeysOptions {
  readonly rows: readonly Row[];
  readonly toIndex: (index: number, align: 'nearest') => void;
  /** What a key does with a message. @returns whether it did anything */
  readonly onKey: (event: KeyboardEvent, message: Message) => boolean;
}

/** One stop for Tab, arrows between the messages. */
export function useRowKeys({ rows, toIndex, onKey }: RowKeysOptions): RowKeys {
  const [active, setActive] = useState<number | null>(null);
  const [focusing, setFocusing] = useState<number | null>(null);
  const onFocus = useCallback((position: number) => {
    setActive(position);
    setFocusing(null);
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const article =
      event.target instanceof Element ? event.target.closest<HTMLElement>('article[data-position]') : null;
    if (article === null) return;
    const position = Number(article.dataset['position']);
    const index = rows.findIndex(({ message }) => message.position === position);
    const message = rows[index]?.message;
    if (message === undefined) return;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    const next = isPlain ? nextIndex(event.key, index, rows.length) : null;
    const target = next === null ? undefined : rows[next]?.message.position;
    if (next !== null && target !== undefined) {
      event.preventDefault();
      setActive(target);
      setFocusing(target);
      toIndex(next, 'nearest');
    } else if (event.target === article && onKey(event, message)) {
      event.preventDefault();
    }
  };
  return { active, focusing, onFocus, onKeyDown };
}

function nextIndex(key: string, index: number, length: number): number | null {
  if (key === 'ArrowUp') return Math.max(0, index - 1);
  if (key === 'ArrowDown') return Math.min(length - 1, index + 1);
  if (key === 'Home') return 0;
  if (key === 'End') return length - 1;
  return null;
}
