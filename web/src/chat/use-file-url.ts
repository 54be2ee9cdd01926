import type { StoredFile } from 'parley-client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { parley } from '../app/parley.ts';

/** How long before its end an address is read anew, in milliseconds: clocks differ. */
const earlyMs = 60_000;
/** For how long an address that was just read is good at least, in milliseconds. */
const leastMs = 3_600_000;
/** Within how many milliseconds pages ask for what ends for all of them with the hour. */
const spreadMs = 50_000;
/** So that it is over when a timer says so, which may come a little early. */
const lateMs = 1000;

/** The addresses of a file that are good now, and what to call when one fails. They end after an hour or two. */
export function useFileUrl(file: StoredFile): { readonly url: string; readonly thumbnailUrl: string | null; readonly renew: () => void } {
  const [renewed, setRenewed] = useState<{ readonly of: StoredFile; readonly url: string } | null>(null);
  const [failures, setFailures] = useState(0);
  const [turn, setTurn] = useState(0);
  const isOver = Date.parse(file.urlExpiresAt) - earlyMs < Date.now();
  const isRenewed = renewed?.of === file;
  // A page may stay open for longer than an address is good, and nothing else renders what does not change.
  useEffect(() => {
    // It is asked for already.
    if (isOver && !isRenewed) return;
    const left = (isRenewed ? leastMs : Date.parse(file.urlExpiresAt) - Date.now()) - earlyMs;
    let forget = () => {};
    const due = () => {
      forget = whenSeen(() => setTurn((count) => count + 1));
    };
    const timer = setTimeout(due, Math.max(0, left) + lateMs + Math.random() * spreadMs);
    return () => {
      clearTimeout(timer);
      forget();
    };
  }, [file, renewed]);
  useEffect(() => {
    if (!isOver && failures === 0) return;
    let isHere = true;
    let forget = () => {};
    parley.urlOf(file).then(
      (url) => isHere && setRenewed({ of: file, url }),
      () => {
        // Cut off, it is asked again when the page is connected. Where the file is gone the picture says so by failing again.
        if (!isHere) return;
        forget = parley.connection.subscribe(() => {
          if (parley.connection.get().status === 'live') setTurn((count) => count + 1);
        });
      },
    );
    return () => {
      isHere = false;
      forget();
    };
  }, [file, isOver, failures, turn]);
  const thumbnailUrl = file.__typename === 'ImageFile' || file.__typename === 'VideoFile' ? file.thumbnailUrl : null;
  return {
    url: isRenewed ? renewed.url : file.url,
    // Only the whole file's address is read anew: it shows the same picture, where the small one cannot be had. What is there already stays.
    thumbnailUrl: isRenewed && file.__typename === 'ImageFile' && (failures > 0 || !thumbnailUrl) ? renewed.url : thumbnailUrl,
    renew: () => setFailures((count) => (count < 2 ? count + 1 : count)),
  };
}

/** Does something as soon as somebody looks at the page; gives what calls it off. */
function whenSeen(run: () => void): () => void {
  if (!document.hidden) {
    run();
    return () => {};
  }
  const seen = () => {
    if (document.hidden) return;
    document.removeEventListener('visibilitychange', seen);
    run();
  };
  document.addEventListener('visibilitychange', seen);
  return () => document.removeEventListener('visibilitychange', seen);
}

/** The address for what plays: with another one it would begin anew, so it stays once it has begun, until it fails. */
export function useSteadyUrl(media: { readonly current: HTMLMediaElement | null }, url: string): string {
  const steady = useRef(url);
  const element = media.current;
  if (!element || element.currentTime === 0 || element.error) steady.current = url;
  return steady.current;
}
