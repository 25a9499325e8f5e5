import { SignButton } from './sign-button.tsx';
import type { SignButtonProps } from './sign-button.tsx';
import { Tooltip } from './tooltip.tsx';

export interface IconButtonProps extends SignButtonProps {
  /** Key to press instead, shown in the tooltip. */
  readonly shortcut?: string;
}

/** A button that is a sign; its name is heard, and shown as a tooltip. */
export function IconButton({ shortcut, ...button }: IconButtonProps) {
  return (
    <Tooltip text={button.label} {...(shortcut === undefined ? {} : { shortcut })}>
      <SignButton {...button} />
    </Tooltip>
  );
}
