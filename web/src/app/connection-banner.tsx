import './connection-banner.css';
import { useEffect, useState } from 'preact/hooks';
import { shell } from '../texts/shell.ts';
import { useTexts } from './i18n.ts';
import { parley } from './parley.ts';
import { useReadable } from './readable.ts';
import { Icon, Spinner } from './ui/index.ts';

/** A connection that comes back at once is no news. */
const quietMs = 1200;

/** Says that the page is not connected, and when it tries again. It lies above the page, so nothing moves. */
export function ConnectionBanner() {
  const t = useTexts(shell);
  const state = useReadable(parley.connection);
  const isOffline = useIsOffline();
  const isTrouble = state.status !== 'live' && state.status !== 'idle' && state.status !== 'ended';
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (!isTrouble) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), quietMs);
    return () => clearTimeout(timer);
  }, [isTrouble]);
  const left = useSecondsLeft(state);

  let text = '';
  if (isShown && isTrouble) {
    if (isOffline) text = t.offline;
    else if (state.status === 'waiting') text = left > 0 ? t.waiting(left) : t.waitingNow;
    else text = state.status === 'catchingUp' ? t.catchingUp : t.connecting;
  }
  return (
    <div class="connection" role="status">
      {text ? (
        <span class="connection-words">
          {state.status === 'waiting' || isOffline ? <Icon name="offline" size={16} /> : <Spinner size={14} />}
          {text}
        </span>
      ) : null}
    </div>
  );
}

function useSecondsLeft(state: { readonly status: string; readonly seconds?: number }): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (state.status !== 'waiting' || state.seconds === undefined) return;
    const until = performance.now() + state.seconds * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - performance.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [state]);
  return left;
}

function useIsOffline(): boolean {
  const [isOffline, setOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  return isOffline;
}
