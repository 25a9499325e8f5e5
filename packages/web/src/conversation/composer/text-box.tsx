import { useLayoutEffect } from 'react';
import type { ClipboardEvent, KeyboardEvent, RefObject } from 'react';
import { usePreference } from '../../state/preferences.ts';
import styles from './text-box.module.css';

/** UTF-16 units that the field holds; a draft is kept up to as many. */
const MAX_LENGTH = 100_000;
const GROWS_BY_ITSELF = typeof CSS !== 'undefined' && CSS.supports('field-sizing', 'content');

export interface TextBoxProps {
  readonly box: RefObject<HTMLTextAreaElement | null>;
  readonly text: string;
  readonly label: string;
  readonly placeholder: string;
  readonly onWrite: (text: string) => void;
  readonly onSubmit: () => void;
  /** Escape; null: there is nothing to leave. */
  readonly onLeave: (() => void) | null;
  readonly onEditLast: () => void;
  /** So many characters were to be pasted, and were not. */
  readonly onRefused: (count: number) => void;
}

/** Grows with its text, to a third of the window. */
export function TextBox(props: TextBoxProps) {
  const { box, text, label, placeholder, onWrite, onSubmit, onLeave, onEditLast, onRefused } = props;
  const enterSends = usePreference('enterSends');

  useLayoutEffect(() => {
    const field = box.current;
    if (GROWS_BY_ITSELF || field === null) return;
    field.style.setProperty('block-size', 'auto');
    if (text !== '') field.style.setProperty('block-size', `${field.scrollHeight + 2}px`);
  }, [box, text]);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && sends(event, enterSends)) {
      event.preventDefault();
      onSubmit();
    } else if (event.key === 'Escape' && onLeave !== null) {
      event.preventDefault();
      onLeave();
    } else if (event.key === 'ArrowUp' && text === '' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      onEditLast();
    }
  };
  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const { length } = event.clipboardData.getData('text/plain');
    const { selectionStart, selectionEnd } = event.currentTarget;
    if (text.length - (selectionEnd - selectionStart) + length <= MAX_LENGTH) return;
    // Laying it out would hold everything up, only to be refused afterwards.
    event.preventDefault();
    onRefused(length);
  };
  return (
    <textarea
      ref={box}
      className={styles.box}
      value={text}
      rows={1}
      dir="auto"
      aria-label={label}
      placeholder={placeholder}
      maxLength={MAX_LENGTH}
      enterKeyHint={enterSends && !isTouch() ? 'send' : 'enter'}
      onChange={(event) => onWrite(event.target.value)}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
    />
  );
}

/** On a phone a line begins with Enter, and the button sends. */
function sends(event: KeyboardEvent, enterSends: boolean): boolean {
  if (event.ctrlKey || event.metaKey) return true;
  if (isTouch()) return false;
  return enterSends !== event.shiftKey;
}

function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches && !matchMedia('(any-pointer: fine)').matches;
}
