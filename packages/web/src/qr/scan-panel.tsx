import { Camera, CameraOff, ImageUp } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Button } from '../design/button.tsx';
import { cx } from '../design/cx.ts';
import { Spinner } from '../design/spinner.tsx';
import { QrReader } from './qr-reader.ts';
import styles from './scan-panel.module.css';
import { useCamera } from './use-camera.ts';
import type { CameraState } from './use-camera.ts';

interface ScanPanelProps {
  /** What to point the camera at. */
  readonly hint: string;
  /** Each code that was read. @returns words when it is none that can be used here; null when it is taken */
  readonly onText: (text: string) => string | null;
}

/** Reads a code with the camera, or from a picture that is chosen, dropped or pasted. */
export function ScanPanel({ hint, onText }: ScanPanelProps) {
  const { t } = useTranslation('people');
  const [attempt, setAttempt] = useState(0);
  const [camera, setCamera] = useState<CameraState>('starting');
  const [problem, setProblem] = useState<string | null>(null);
  const [reading, setReading] = useState(false);
  const latest = useRef(onText);
  useEffect(() => {
    latest.current = onText;
  }, [onText]);
  const take = useCallback((text: string) => setProblem(latest.current(text)), []);

  const readPicture = useCallback(
    async (file: Blob) => {
      const reader = new QrReader();
      setProblem(null);
      setReading(true);
      try {
        const text = await reader.readPicture(file);
        if (text === null) setProblem(t('scan.noCode'));
        else take(text);
      } catch {
        setProblem(t('scan.noPicture'));
      } finally {
        setReading(false);
        reader.close();
      }
    },
    [t, take],
  );
  usePastedPicture(readPicture);
  // Where there is no camera, nothing can be pointed.
  const isHinted = camera === 'starting' || camera === 'on';

  return (
    // What is dropped can be chosen with the button as well.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={styles.panel}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        const file = event.dataTransfer.files[0];
        if (file === undefined) return;
        event.preventDefault();
        void readPicture(file);
      }}
    >
      <CameraView key={attempt} onText={take} onState={setCamera} onRetry={() => setAttempt((count) => count + 1)} />
      <p className={cx(styles.words, problem !== null && styles.problem)} role="status">
        {problem ?? (isHinted ? hint : null)}
      </p>
      <FileTrigger
        acceptedFileTypes={['image/*']}
        onSelect={(files) => {
          const file = files?.[0];
          if (file !== undefined) void readPicture(file);
        }}
      >
        <Button icon={<ImageUp size={18} aria-hidden />} busy={reading}>
          {t('scan.picture')}
        </Button>
      </FileTrigger>
      <p className={styles.soft}>{t('scan.pasteHint')}</p>
    </div>
  );
}

interface CameraViewProps {
  readonly onText: (text: string) => void;
  /** Must not change. */
  readonly onState: (state: CameraState) => void;
  readonly onRetry: () => void;
}

/** What the camera sees, or why there is nothing to see. */
function CameraView({ onText, onState, onRetry }: CameraViewProps) {
  const { t } = useTranslation('people');
  const video = useRef<HTMLVideoElement>(null);
  const camera = useCamera(video, onText);
  useEffect(() => onState(camera), [camera, onState]);
  return (
    <div className={styles.view}>
      <video
        ref={video}
        className={cx(styles.video, camera !== 'on' && styles.off)}
        muted
        playsInline
        disablePictureInPicture
        aria-label={t('scan.camera')}
      />
      {camera === 'on' ? <span className={styles.frame} /> : <CameraWords state={camera} onRetry={onRetry} />}
    </div>
  );
}

function CameraWords({ state, onRetry }: { state: Exclude<CameraState, 'on'>; onRetry: () => void }) {
  const { t } = useTranslation('people');
  if (state === 'starting') {
    return (
      <div className={styles.message}>
        <Spinner />
        <p>{t('scan.starting')}</p>
      </div>
    );
  }
  const retry = state === 'refused' || state === 'busy' || state === 'failed';
  return (
    <div className={styles.message}>
      <CameraOff size={28} aria-hidden />
      <p>{t(`scan.problem.${state}`)}</p>
      {retry && (
        <Button size="s" icon={<Camera size={16} aria-hidden />} onPress={onRetry}>
          {t('scan.again')}
        </Button>
      )}
    </div>
  );
}

/** A picture in the clipboard, wherever the focus is. */
function usePastedPicture(onPicture: (file: Blob) => Promise<void>): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
      if (file === undefined) return;
      event.preventDefault();
      void onPicture(file);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, [onPicture]);
}
