import { useEffect, useState } from 'react';
import { useEngine } from '../../state/profile-context.tsx';

const AFTER_MS = 180;
const MAX_FOUND = 200;

export interface ConversationSearch {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** How many were found, and which of them is shown: 0 is the newest. */
  readonly found: number;
  readonly index: number;
  /** There may be more than are told. */
  readonly isFull: boolean;
  /** The answer to this text is here. */
  readonly isDone: boolean;
  readonly indexed: number;
  readonly total: number;
  /** 1: to the older result, -1: to the newer one. */
  readonly move: (step: 1 | -1) => void;
}

interface Answer {
  readonly text: string;
  readonly positions: readonly number[];
  readonly indexed: number;
  readonly total: number;
}

const NOTHING: Answer = { text: '', positions: [], indexed: 0, total: 0 };

/** @param show brings a result into view */
export function useSearch(conversation: string, isOpen: boolean, show: (position: number) => void): ConversationSearch {
  const engine = useEngine();
  const [text, setText] = useState('');
  const [answer, setAnswer] = useState(NOTHING);
  const [index, setIndex] = useState(0);
  useEffect(() => {
    if (!isOpen || text.trim() === '') return undefined;
    let isAsked = true;
    const timer = setTimeout(() => {
      engine.search({ text, conversation, limit: MAX_FOUND }).then(
        ({ messages, indexed, total }) => {
          if (!isAsked) return;
          const positions = messages.map(({ position }) => position).toSorted((a, b) => b - a);
          setAnswer({ text, positions, indexed, total });
          setIndex(0);
          const [newest] = positions;
          if (newest !== undefined) show(newest);
        },
        () => undefined,
      );
    }, AFTER_MS);
    return () => {
      isAsked = false;
      clearTimeout(timer);
    };
  }, [engine, conversation, isOpen, text, show]);
  const isDone = isOpen && text.trim() !== '' && answer.text === text;
  const positions = isOpen && text.trim() !== '' ? answer.positions : [];
  const move = (step: 1 | -1) => {
    const next = index + step;
    const position = positions[next];
    if (position === undefined) return;
    setIndex(next);
    show(position);
  };
  const { indexed, total } = answer;
  const isFull = positions.length === MAX_FOUND;
  return { text, setText, found: positions.length, index, isFull, isDone, indexed, total, move };
}
