import type { StoredFile } from 'parley-client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatDuration } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { Icon } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { useFileUrl, useSteadyUrl } from './use-file-url.ts';

type AudioFile = Extract<StoredFile, { readonly __typename: 'AudioFile' }>;

/** What plays at the moment: one at a time. */
let playing: HTMLAudioElement | null = null;

const flatPeaks: readonly number[] = Array.from({ length: 48 }, () => 12);

/** Plays sound, and shows its waveform as the place to jump in. */
export function AudioPlayer({ file }: { readonly file: AudioFile }) {
  const t = useTexts(chatTexts);
  const audio = useRef<HTMLAudioElement>(null);
  const { url, renew } = useFileUrl(file);
  const steadyUrl = useSteadyUrl(audio, url);
  const [isPlaying, setPlaying] = useState(false);
  const [seconds, setSeconds] = useState(0);
  const [measured, setMeasured] = useState<number | null>(null);
  const duration = file.duration ?? measured ?? 0;
  const peaks = file.peaks && file.peaks.length > 0 ? file.peaks : flatPeaks;

  useEffect(() => () => audio.current?.pause(), []);

  const toggle = () => {
    const element = audio.current;
    if (!element) return;
    if (!element.paused) return element.pause();
    playing?.pause();
    playing = element;
    element.play().catch(() => setPlaying(false));
  };
  const jumpTo = (to: number) => {
    const place = Math.min(Math.max(to, 0), duration);
    if (audio.current && duration > 0) audio.current.currentTime = place;
    setSeconds(place);
  };

  return (
    <div class="audio">
      <button type="button" class="audio-play" aria-label={isPlaying ? t.playPause : t.play} onClick={toggle}>
        <Icon name={isPlaying ? 'pause' : 'play'} />
      </button>
      <div
        class="audio-wave"
        role="slider"
        tabIndex={0}
        aria-label={t.position}
        aria-valuemin={0}
        aria-valuemax={Math.round(duration)}
        aria-valuenow={Math.round(seconds)}
        aria-valuetext={`${formatDuration(seconds)} / ${formatDuration(duration)}`}
        onClick={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          jumpTo(((event.clientX - left) / width) * duration);
        }}
        onKeyDown={(event) => {
          const step = { ArrowRight: 5, ArrowLeft: -5 }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          jumpTo(seconds + step);
        }}
      >
        {peaks.map((peak, index) => (
          <span
            key={index}
            class={duration > 0 && index / peaks.length < seconds / duration ? 'peak peak-played' : 'peak'}
            style={{ height: `${Math.max(8, peak)}%` }}
          />
        ))}
      </div>
      <span class="audio-time">{formatDuration(isPlaying || seconds > 0 ? seconds : duration)}</span>
      {/* biome-ignore lint/a11y/useMediaCaption: what somebody said into a microphone has none. */}
      <audio
        ref={audio}
        src={steadyUrl}
        preload={file.duration === null ? 'metadata' : 'none'}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setSeconds(0)}
        onError={renew}
        onLoadedMetadata={(event) => Number.isFinite(event.currentTarget.duration) && setMeasured(event.currentTarget.duration)}
        onTimeUpdate={(event) => setSeconds(event.currentTarget.currentTime)}
      />
    </div>
  );
}
