import type { RefObject } from 'react';
import { Search, X } from 'lucide-react';
import { Button } from 'react-aria-components/Button';
import { Input, SearchField as AriaSearchField } from 'react-aria-components/SearchField';
import type { SearchFieldProps as AriaSearchFieldProps } from 'react-aria-components/SearchField';
import { cx } from './cx.ts';
import styles from './search-field.module.css';

export interface SearchFieldProps extends Omit<AriaSearchFieldProps, 'className' | 'children' | 'style'> {
  /** Its name, also shown while it is empty. */
  readonly label: string;
  readonly clearLabel: string;
  readonly inputRef?: RefObject<HTMLInputElement | null>;
  readonly className?: string;
}

export function SearchField({ label, clearLabel, inputRef, className, ...rest }: SearchFieldProps) {
  return (
    <AriaSearchField {...rest} aria-label={label} className={cx(styles.field, className)}>
      {({ isEmpty }) => (
        <>
          <Search aria-hidden />
          <Input
            className={cx(styles.input)}
            placeholder={label}
            {...(inputRef === undefined ? {} : { ref: inputRef })}
          />
          {!isEmpty && (
            <Button className={cx(styles.clear)} aria-label={clearLabel}>
              <X aria-hidden />
            </Button>
          )}
        </>
      )}
    </AriaSearchField>
  );
}
