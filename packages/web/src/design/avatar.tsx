import type { CSSProperties } from 'react';
import { Bookmark, User } from 'lucide-react';
import { cx } from './cx.ts';
import { initialsOf } from './initials.ts';
import styles from './avatar.module.css';

export interface AvatarProps {
  readonly name: string;
  /** 0xRRGGBB, as its owner chose it: only its hue is used, so that the letters stay legible. 0: none. */
  readonly color: number;
  readonly size?: 'xs' | 's' | 'm' | 'l' | 'xl';
  /** Oneself, as a place for notes. */
  readonly self?: boolean;
}

/** Decoration: the name stands beside it. */
export function Avatar({ name, color, size = 'm', self = false }: AvatarProps) {
  const initials = initialsOf(name);
  const hue = { '--avatar': `#${color.toString(16).padStart(6, '0')}` } as CSSProperties;
  return (
    <span
      aria-hidden
      className={cx(styles.avatar, styles[size], color === 0 && styles.plain)}
      style={color === 0 ? {} : hue}
    >
      {self ? <Bookmark /> : initials === '' ? <User /> : initials}
    </span>
  );
}
