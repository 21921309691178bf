import { Component, type ReactNode } from "react";
import { Button } from "~/ui/Button";
import { flushTabs } from "./tabs";
import styles from "./ErrorBoundary.module.css";

interface Props {
  /** What stops here: the page, or the tab by its title. */
  what: string;
  children: ReactNode;
}

/** Holds a defect where it happened. What was typed is written first, so that a reload brings it back. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch() {
    flushTabs();
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <section className={styles.stopped} role="alert">
        <h2>The {this.props.what} ran into a defect of Howdah</h2>
        <p>
          What you typed is kept in this browser. Show it again, or reload the page if that does not help.
        </p>
        <pre>{error.stack ?? error.message}</pre>
        <div className={styles.actions}>
          <Button variant="primary" onClick={() => this.setState({ error: null })}>
            Show it again
          </Button>
          <Button onClick={() => location.reload()}>Reload the page</Button>
        </div>
      </section>
    );
  }
}
