import jsqr from 'jsqr';

/** Points of the picture for each point of the drawing. */
const scale = 4;

/** What a camera reads in a QR code that is given as an SVG document: one of lines that go from left to right, as the server draws them. */
export function readQrCode(svg: string): string {
  const size = Number(/^<svg [^>]*viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const lines = /<path stroke="#000000" d="([^"]+)"\/><\/svg>\s*$/.exec(svg)?.[1] ?? '';
  const side = size * scale;
  const picture = new Uint8ClampedArray(side * side * 4).fill(255);
  let [x, y] = [0, 0];
  for (const [, step, first = '', second = '0'] of lines.matchAll(/([Mmh])([\d.-]+)(?: ([\d.-]+))?/g)) {
    const [across, down] = [Number(first), Number(second)];
    if (step === 'M') [x, y] = [across, down];
    if (step === 'm') [x, y] = [x + across, y + down];
    if (step !== 'h') continue;
    for (let row = Math.floor(y) * scale; row < Math.ceil(y) * scale; row += 1)
      for (let column = x * scale; column < (x + across) * scale; column += 1) picture.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
    x += across;
  }
  const found = jsqr.default(picture, side, side);
  if (found === null) throw new Error(`no QR code can be read in ${svg}`);
  return found.data;
}
