/** Bytes that may be gzipped come in, plain bytes go out; the first two bytes decide, not the name. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

export async function* plainBytes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const head: Uint8Array[] = [];
    let bytes = 0;
    while (bytes < 2) {
      const next = await chunks.next();
      if (next.done === true) break;
      head.push(next.value);
      bytes += next.value.byteLength;
    }
    const start = Buffer.concat(head);
    const all = resumed(start, chunks);
    if (start[0] !== 0x1f || start[1] !== 0x8b) yield* all;
    else {
      const packed = Readable.from(all, { objectMode: false });
      const gunzip = createGunzip({ chunkSize: 256 * 1024 });
      packed.on("error", (error) => gunzip.destroy(error));
      yield* packed.pipe(gunzip) as AsyncIterable<Uint8Array>;
    }
  } finally {
    await chunks.return?.();
  }
}

async function* resumed(
  start: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (start.byteLength > 0) yield start;
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return;
    yield next.value;
  }
}
