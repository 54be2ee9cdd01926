import type { StoredFile } from 'parley-client';
import { useEffect, useState } from 'preact/hooks';
import { parley } from '../app/parley.ts';

/** How long before its end an address is read anew, in milliseconds: clocks differ. */
const earlyMs = 60_000;

/** The addresses of a file that are good now, and what to call when one fails. They end after an hour or two. */
export function useFileUrl(file: StoredFile): { readonly url: string; readonly thumbnailUrl: string | null; readonly renew: () => void } {
  const [renewed, setRenewed] = useState<{ readonly of: StoredFile; readonly url: string } | null>(null);
  const [failures, setFailures] = useState(0);
  const isOver = Date.parse(file.urlExpiresAt) - earlyMs < Date.now();
  useEffect(() => {
    if (!isOver && failures === 0) return;
    let isHere = true;
    parley.urlOf(file).then(
      (url) => isHere && setRenewed({ of: file, url }),
      // It is gone: the picture says so by failing again.
      () => {},
    );
    return () => {
      isHere = false;
    };
  }, [file, isOver, failures]);
  const thumbnailUrl = file.__typename === 'ImageFile' || file.__typename === 'VideoFile' ? file.thumbnailUrl : null;
  const isRenewed = renewed?.of === file;
  return {
    url: isRenewed ? renewed.url : file.url,
    // Only the whole file's address is read anew: it shows the same picture.
    thumbnailUrl: isRenewed && file.__typename === 'ImageFile' ? renewed.url : thumbnailUrl,
    renew: () => setFailures((count) => (count < 2 ? count + 1 : count)),
  };
}
