/** Runs it before the next frame; where nobody looks there are no frames, but the rest of the page goes on. */
export function soon(run: () => void): void {
  const once = (): void => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    run();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, 100);
}
