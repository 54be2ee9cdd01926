import { Component, type ComponentChildren } from 'preact';
import { shell } from '../texts/shell.ts';
import { textsNow } from './i18n.ts';
import { Button, Empty } from './ui/index.ts';

/** Shows a sentence in place of what could not be shown: a fault of the page, or a part that could not be loaded. */
export class Problem extends Component<{ readonly children: ComponentChildren }, { readonly failed: boolean }> {
  override state = { failed: false };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ failed: true });
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    const t = textsNow(shell);
    return (
      <div class="app-loading">
        <Empty isPage icon="warning" title={t.partFailed} action={<Button onClick={() => location.reload()}>{t.reload}</Button>} />
      </div>
    );
  }
}
