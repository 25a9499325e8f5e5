import { useMemo } from 'react';
import { qrPath } from './qr-path.ts';
import styles from './qr-picture.module.css';

interface QrPictureProps {
  readonly text: string;
  /** What the picture is, for who cannot see it. */
  readonly label: string;
}

/** A code for cameras: always dark on white, whatever the theme, for many readers know no other. */
export function QrPicture({ text, label }: QrPictureProps) {
  const { size, path } = useMemo(() => qrPath(text), [text]);
  return (
    <svg
      className={styles['picture']}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
