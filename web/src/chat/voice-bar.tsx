import { useEffect, useRef, useState } from 'preact/hooks';
import { formatDuration } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { IconButton, toast } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { type Recording, type RecordingState, record } from './recorder.ts';

interface Props {
  readonly onDone: (voice: { readonly blob: Blob; readonly duration: number }) => void;
  readonly onClose: () => void;
}

/** Records for as long as it is shown: sent or discarded. */
export function VoiceBar({ onDone, onClose }: Props) {
  const t = useTexts(chatTexts);
  const [state, setState] = useState<RecordingState>({ seconds: 0, levels: [] });
  const recording = useRef<Recording | null>(null);
  const [isReady, setReady] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let isHere = true;
    record(setState).then(
      (begun) => {
        if (!isHere) return begun.cancel();
        recording.current = begun;
        setReady(true);
      },
      () => {
        if (!isHere) return;
        toast(t.noMicrophone, { isError: true });
        onClose();
      },
    );
    box.current?.focus();
    return () => {
      isHere = false;
      recording.current?.cancel();
    };
  }, []);
  const send = () => {
    const now = recording.current;
    recording.current = null;
    now?.stop().then(onDone, onClose);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form.
    <div
      ref={box}
      class="voice-bar"
      role="group"
      aria-label={t.recording}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
        else if (event.key === 'Enter' && event.target === event.currentTarget) send();
      }}
    >
      <IconButton icon="trash" tone="danger" label={t.cancelRecording} onClick={onClose} />
      <span class="voice-dot" aria-hidden="true" />
      <span class="voice-time" role="timer">
        {formatDuration(state.seconds)}
      </span>
      <span class="voice-levels" aria-hidden="true">
        {state.levels.map((level, index) => (
          <span key={index} class="peak" style={{ height: `${Math.max(8, Math.min(100, level * 140))}%` }} />
        ))}
      </span>
      <IconButton icon="send" tone="main" label={t.sendRecording} disabled={!isReady || state.seconds < 0.5} onClick={send} />
    </div>
  );
}
