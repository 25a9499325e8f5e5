/** Puts a piece in at the cursor, over what is selected, and the cursor behind it. */
export function insertText(
  box: HTMLTextAreaElement | null,
  text: string,
  piece: string,
  write: (text: string) => void,
): void {
  const start = box?.selectionStart ?? text.length;
  const end = box?.selectionEnd ?? text.length;
  write(text.slice(0, start) + piece + text.slice(end));
  // After the field has its new text.
  requestAnimationFrame(() => {
    box?.focus();
    box?.setSelectionRange(start + piece.length, start + piece.length);
  });
}
