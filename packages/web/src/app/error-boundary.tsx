import { Component } from 'react';
import type { ReactNode } from 'react';
import { BrokenScreen } from './broken-screen.tsx';

export interface ErrorBoundaryProps {
  readonly children: ReactNode;
  /** Only this pane broke; begins anew when the key changes. */
  readonly pane?: boolean;
}

/** Catches what goes wrong while the screen is drawn, so that the rest goes on. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return <BrokenScreen pane={this.props.pane === true} onAgain={() => this.setState({ broken: false })} />;
  }
}
