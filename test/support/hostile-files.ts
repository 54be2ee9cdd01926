import { crc32, deflateSync } from 'node:zlib';

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A grey PNG of this size, of which only the first rows are there, with further chunks. */
export function pngOf(width: number, height: number, rows: number, further: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc((width + 1) * rows, 0));
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([start, chunk('IHDR', header), ...further, chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** A chunk of compressed text, or of a compressed profile of colours, that is so many bytes when it is unpacked. */
export function packedChunk(name: 'zTXt' | 'iCCP', bytes: number): Buffer {
  return chunk(name, Buffer.concat([Buffer.from('Title\0\0', 'latin1'), deflateSync(Buffer.alloc(bytes, 0x20))]));
}

/** A GIF of one pixel, with so many frames. */
export function gifOf(frames: number): Buffer {
  const start = Buffer.from([...Buffer.from('GIF89a'), 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
  const frame = Buffer.from([0x21, 0xf9, 4, 0, 5, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
  return Buffer.concat([start, ...Array.from({ length: frames }, () => frame), Buffer.from([0x3b])]);
}

/** A GIF that is a program too: its width begins a comment, which ends behind the picture. */
export function gifAndScript(script: string): Buffer {
  const start = Buffer.from([...Buffer.from('GIF89a/*'), 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
  const comment = Buffer.from(`*/=1;${script};/*`, 'latin1');
  const remark = Buffer.concat([Buffer.from([0x21, 0xfe, comment.length]), comment, Buffer.from([0])]);
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
  return Buffer.concat([start, remark, frame, Buffer.from([0x3b]), Buffer.from(`*/${script}`)]);
}
