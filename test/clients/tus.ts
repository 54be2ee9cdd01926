import { Upload } from 'tus-js-client';

/** Sends a file to its `uploadUrl` with tus-js-client. It goes on by itself after a lost connection; called again it goes on where the server stands. */
export function sendWithTus(uploadUrl: string, file: Upload['file'], onProgress: (bytes: number) => void = () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(file, {
      // Without `endpoint`: the mutation has made the upload.
      uploadUrl,
      retryDelays: [300, 1000, 3000, 10_000, 20_000],
      // The server gives the address again for the same clientId: the library need not keep it.
      storeFingerprintForResuming: false,
      onProgress,
      onError: reject,
      onSuccess: () => resolve(),
    });
    upload.start();
  });
}
