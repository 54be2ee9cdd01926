/** How a recording stands. */
export interface RecordingState {
  readonly seconds: number;
  /** How loud it was, newest last, from 0 to 1, some twelve a second. */
  readonly levels: readonly number[];
}

export interface Recording {
  /** Ends it and gives what was recorded. */
  stop(): Promise<{ readonly blob: Blob; readonly duration: number }>;
  /** Ends it and forgets what was recorded. */
  cancel(): void;
}

/** What browsers record, the best first. */
const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus', 'audio/webm'];

/** Whether this page can record: a page without https cannot. */
export const canRecord = () => typeof MediaRecorder !== 'undefined' && navigator.mediaDevices?.getUserMedia !== undefined;

/** Records from the microphone. Rejects where the person or the browser does not let it: a DOMException. */
export async function record(onChange: (state: RecordingState) => void): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
  const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { ...(mimeType ? { mimeType } : {}), audioBitsPerSecond: 32_000 });
  const pieces: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data));
  const stopped = new Promise<void>((resolve) => recorder.addEventListener('stop', () => resolve(), { once: true }));

  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  const begun = performance.now();
  let levels: readonly number[] = [];
  const seconds = () => (performance.now() - begun) / 1000;
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(samples);
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0) / 128;
    levels = [...levels.slice(-63), loudest];
    onChange({ seconds: seconds(), levels });
  }, 80);

  recorder.start();
  let duration = 0;
  const end = async () => {
    clearInterval(timer);
    if (recorder.state !== 'inactive') {
      duration = seconds();
      recorder.stop();
    }
    await stopped;
    for (const track of stream.getTracks()) track.stop();
    if (context.state !== 'closed') await context.close();
  };
  return {
    async stop() {
      await end();
      // What stands behind the semicolon is for players; the type of the file is what stands before.
      return { blob: new Blob(pieces, { type: recorder.mimeType.split(';')[0] ?? 'audio/webm' }), duration };
    },
    cancel() {
      end().catch(() => {});
    },
  };
}
