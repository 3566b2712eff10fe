/** What people may attach to a command to harm the bot, and the sentence each of them gets. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachmentFetcher, pictureReader } from '../src/commands/shared/pictures.js';
import { ReverieError } from '../src/errors.js';
import { removeMetadata } from '../src/pipeline/export/encode-to-fit.js';
import { createRenderer } from '../src/pipeline/runtime/local.js';
import { noisePng } from './fixtures.js';
import * as lie from './hostile-files.js';

const NO_PICTURE = 'I couldn’t read that file as a picture. I can read PNG, JPEG, WebP, GIF, AVIF and TIFF.';
const BROKEN = 'That picture is damaged or incomplete, so I couldn’t open it.';
const NOT_THERE = 'I couldn’t download that attachment. Please attach it again.';
const TOO_HEAVY = 'That file is too large. I can handle pictures of up to 2 MB.';
const TOO_MANY = (size: string) =>
  `That picture is ${size} pixels. I can handle up to 64 megapixels and 16384 pixels per side.`;
/** Harmless once it is decoded: the picture in it is taken, the rest of it goes nowhere. */
const OPENS = 'it opens';

const MAX_BYTES = 2 * 2 ** 20;
const renderer = createRenderer();
const served = new Map<string, RequestListener>();
let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    // Making a file may block this thread for longer than a connection is kept alive.
    response.shouldKeepAlive = false;
    served.get(decodeURIComponent(request.url!.slice(1)))!(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The way of every attachment: download, header, plan, pixels. What a person reads at its end. */
async function attach(
  url: string,
  { size = 1000, timeoutMs = 60_000 }: { size?: number; timeoutMs?: number } = {},
): Promise<string> {
  const fetchAttachment = attachmentFetcher({ maxBytes: MAX_BYTES, timeoutMs, origins: [origin] });
  const file = { url, size, name: 'picture.png', spoiler: false };
  try {
    const { bytes } = await pictureReader(fetchAttachment)(file);
    await renderer.prepare({ kind: 'dream', network: 'mini', image: bytes, size: 64, octaves: 1 });
    await removeMetadata(bytes, { maxBytes: 10 * MAX_BYTES });
    return OPENS;
  } catch (thrown) {
    // A fault of ours, however friendly, is no answer to a hostile file.
    if (thrown instanceof ReverieError && thrown.code !== 'internal') return thrown.sentence;
    throw thrown;
  }
}

type Make = () => Uint8Array | Promise<Uint8Array>;
const real = async (format: 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'avif') =>
  sharp(await noisePng(64, 64))
    .toFormat(format)
    .toBuffer();
const half = async (format: Parameters<typeof real>[0]) => lie.cut(await real(format), 0.5);
const head = async (format: Parameters<typeof real>[0]) => (await real(format)).subarray(0, 12);
const joined = async (file: Promise<Uint8Array>, tail: string | Uint8Array) =>
  Buffer.concat([await file, Buffer.from(tail)]);
const text =
  (content: string): Make =>
  () =>
    Buffer.from(content, 'latin1');
const LAUGHS = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg>&b;</svg>`;

const FILES: readonly (readonly [name: string, sentence: string, make: Make])[] = [
  ['nothing at all', NO_PICTURE, text('')],
  ['one byte', NO_PICTURE, text('\x89')],
  ['a million zeros', NO_PICTURE, () => Buffer.alloc(1e6)],
  ['a page of HTML', NO_PICTURE, text('<!doctype html><script>alert(1)</script>')],
  ['SVG', NO_PICTURE, text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
  ['SVG behind a byte order mark', NO_PICTURE, text('\xef\xbb\xbf<svg width="9" height="9"/>')],
  ['SVG that reads a file', NO_PICTURE, text('<svg><image href="file:///etc/passwd"/></svg>')],
  ['SVG that laughs', NO_PICTURE, text(LAUGHS)],
  ['compressed SVG', NO_PICTURE, () => gzipSync('<svg width="9" height="9"/>')],
  ['PDF', NO_PICTURE, text('%PDF-1.7\n1 0 obj<<>>endobj')],
  ['PostScript', NO_PICTURE, text('%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file')],
  ['a drawing script of ImageMagick', NO_PICTURE, text('push graphic-context\nimage over 0,0 9,9 "|id"')],
  ['PPM with a large claim', NO_PICTURE, text('P6 100000 100000 255\n')],
  ['FITS', NO_PICTURE, text('SIMPLE  =                    T')],
  ['Photoshop', NO_PICTURE, text('8BPS\0\x01\0\0\0\0\0\0\0\x03')],
  ['BMP', NO_PICTURE, text('BM\xff\xff\xff\x7f\0\0\0\0')],
  ['an icon', NO_PICTURE, text('\0\0\x01\0\x01\0\0\0')],
  ['OpenEXR', NO_PICTURE, text('\x76\x2f\x31\x01\x02\0\0\0')],
  ['a file of libvips itself', NO_PICTURE, text(`\x08\xf2\xa6\xb6${'\0'.repeat(60)}`)],
  ['JPEG XL', NO_PICTURE, text('\xff\x0a\xfa\x7f')],
  ['JPEG 2000', NO_PICTURE, text('\0\0\0\x0cjP  \r\n\x87\n')],
  ['BigTIFF', NO_PICTURE, text('II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0')],
  ['a film', NO_PICTURE, () => Buffer.concat([lie.fileType('isom'), lie.box('mdat', Buffer.alloc(99))])],
  ['WebM', NO_PICTURE, text('\x1aE\xdf\xa3\x01\0\0\0')],
  ['MP3', NO_PICTURE, text('ID3\x04\0\0\0\0\0\x0f')],
  ['a program', NO_PICTURE, text('\x7fELF\x02\x01\x01')],
  ['a shell script', NO_PICTURE, text('#!/bin/sh\nrm -rf /')],
  ['a zip', NO_PICTURE, text('PK\x05\x06'.padEnd(22, '\0'))],
  ['a gzip bomb', NO_PICTURE, () => gzipSync(Buffer.alloc(1e8))],

  ['PNG: its signature alone', BROKEN, () => lie.png().subarray(0, 8)],
  ['PNG: half a header', BROKEN, () => lie.png().subarray(0, 20)],
  ['PNG: no pixels', BROKEN, () => lie.png({ data: [] })],
  ['PNG: half its pixels', BROKEN, () => half('png')],
  ['PNG: fewer rows than it claims', BROKEN, () => lie.png({ height: 100 })],
  ['PNG: 100000×100000', TOO_MANY('100000×100000'), () => lie.png({ width: 1e5, height: 1e5 })],
  ['PNG: one row more than allowed', TOO_MANY('8000×8001'), () => lie.png({ width: 8000, height: 8001 })],
  ['PNG: a ribbon', TOO_MANY('1×20000'), () => lie.png({ width: 1, height: 20_000 })],
  ['PNG: no width', BROKEN, () => lie.png({ width: 0 })],
  ['PNG: 2³¹ wide', BROKEN, () => lie.png({ width: 2 ** 31, height: 1 })],
  ['PNG: a colour type that is none', BROKEN, () => lie.png({ colour: 5 })],
  ['PNG: a depth that is none', BROKEN, () => lie.png({ depth: 3 })],
  ['PNG: a palette without colours', BROKEN, () => lie.png({ colour: 3 })],
  ['PNG: a wrong checksum of the header', BROKEN, () => lie.png({ headerCrc: 7 })],
  [
    'PNG: a wrong checksum of the pixels',
    BROKEN,
    () => lie.png({ data: [lie.chunk('IDAT', deflateSync(Buffer.alloc(64 * 193)), 7)] }),
  ],
  [
    'PNG: pixels that are no deflate',
    BROKEN,
    () => lie.png({ data: [lie.chunk('IDAT', Buffer.alloc(500, 0xaa))] }),
  ],
  [
    'PNG: pixels that swell to 500 MB',
    OPENS,
    () => lie.png({ data: [lie.chunk('IDAT', deflateSync(Buffer.alloc(5e8)))] }),
  ],
  ['PNG: a text that swells', OPENS, () => lie.png({ extra: [lie.decompressionBomb('zTXt', 200)] })],
  ['PNG: a profile that swells', OPENS, () => lie.png({ extra: [lie.decompressionBomb('iCCP', 200)] })],
  [
    'PNG: ten thousand texts',
    OPENS,
    () => lie.png({ extra: Array.from({ length: 10_000 }, () => lie.chunk('tEXt', Buffer.from('k\0v'))) }),
  ],
  [
    'PNG: claims four billion frames',
    OPENS,
    () => lie.png({ extra: [lie.chunk('acTL', Buffer.alloc(8, 0xff))] }),
  ],
  ['PNG: Exif of noise', OPENS, () => lie.png({ extra: [lie.chunk('eXIf', Buffer.alloc(999, 0xaa))] })],
  ['PNG and HTML', OPENS, () => joined(real('png'), '<script>alert(1)</script>')],
  ['PNG and zip', OPENS, () => joined(real('png'), 'PK\x05\x06'.padEnd(22, '\0'))],

  ['JPEG: its start alone', BROKEN, text('\xff\xd8\xff')],
  [
    'JPEG: noise after its start',
    BROKEN,
    () => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(999, 0xaa)]),
  ],
  ['JPEG: half of it', BROKEN, () => half('jpeg')],
  [
    'JPEG: 65500×65500',
    TOO_MANY('65500×65500'),
    async () => lie.jpegOfSize(await real('jpeg'), 65_500, 65_500),
  ],
  ['JPEG: no height', BROKEN, async () => lie.jpegOfSize(await real('jpeg'), 64, 0)],
  ['JPEG: Exif without an end', OPENS, async () => lie.jpegWith(await real('jpeg'), 0xe1, lie.endlessExif())],
  [
    'JPEG: a profile of noise',
    OPENS,
    async () =>
      lie.jpegWith(await real('jpeg'), 0xe2, Buffer.from(`ICC_PROFILE\0\x01\x01${'x'.repeat(999)}`)),
  ],
  ['JPEG and a Java archive', OPENS, () => joined(real('jpeg'), 'PK\x03\x04')],

  ['GIF: its name alone', BROKEN, text('GIF89a')],
  ['GIF and JavaScript', BROKEN, text('GIF89a=1;alert(1)//')],
  ['GIF: half of it', BROKEN, () => half('gif')],
  ['GIF: a small frame on a huge screen', OPENS, () => lie.gif(65_535, 65_535)],
  [
    'GIF: 65535×65535',
    TOO_MANY('65535×65535'),
    () => lie.gif(65_535, 65_535, [lie.gifFrame(65_535, 65_535, [0x44, 1])]),
  ],
  ['GIF: no screen', OPENS, () => lie.gif(0, 0)],
  ['GIF: no frame', BROKEN, () => lie.gif(64, 64, [])],
  ['GIF: a frame larger than its screen', OPENS, () => lie.gif(1, 1, [lie.gifFrame(9, 9, [0x44, 1])])],
  [
    'GIF: noise instead of codes',
    OPENS,
    () => lie.gif(64, 64, [lie.gifFrame(64, 64, Array<number>(99).fill(0xaa))]),
  ],
  ['GIF: thirty thousand frames', OPENS, () => lie.gif(1, 1, lie.gifFrames(30_000))],

  ['WebP: its name alone', BROKEN, () => head('webp')],
  ['WebP: half of it', BROKEN, () => half('webp')],
  ['WebP: no chunks', BROKEN, () => lie.riff()],
  [
    'WebP: a canvas of 65000×65000',
    BROKEN,
    async () =>
      lie.riff(['VP8X', lie.webpCanvas(0, 65_000, 65_000)], ['VP8 ', (await real('webp')).subarray(20)]),
  ],
  [
    'WebP: 16383×16383 and no pixels',
    TOO_MANY('16383×16383'),
    () => lie.riff(['VP8L', lie.webpLossless(16_383, 16_383)]),
  ],
  [
    'WebP: an animation without frames',
    BROKEN,
    () => lie.riff(['VP8X', lie.webpCanvas(2, 64, 64)], ['ANIM', Buffer.alloc(6)]),
  ],

  ['TIFF: its name alone', BROKEN, text('II*\0')],
  ['TIFF: half of it', BROKEN, () => half('tiff')],
  ['TIFF: 100000×100000', TOO_MANY('100000×100000'), () => lie.tiff(lie.tiffTags(1e5, 1e5, 200, 1000))],
  ['TIFF: a directory that is nowhere', BROKEN, text('II*\0\xff\xff\xff\x7f')],
  ['TIFF: a directory that comes after itself', OPENS, () => lie.tiff(lie.tiffTags(32, 32), 8)],
  ['TIFF: pixels that are nowhere', BROKEN, () => lie.tiff(lie.tiffTags(64, 64, 0x7fff_ffff))],
  ['TIFF: a compression that is none', BROKEN, () => lie.tiff({ ...lie.tiffTags(32, 32), 259: 77 })],

  ['AVIF: its name alone', BROKEN, () => lie.fileType('avif')],
  ['AVIF: half of it', BROKEN, () => half('avif')],
  [
    'AVIF: claims 100000×100000',
    TOO_MANY('100000×100000'),
    async () => lie.avifOfSize(await real('avif'), 1e5, 1e5),
  ],
  ['AVIF: claims more than it holds', BROKEN, async () => lie.avifOfSize(await real('avif'), 640, 640)],
  [
    'AVIF: boxes within boxes',
    BROKEN,
    () =>
      Buffer.concat([
        lie.fileType('avif'),
        Array.from({ length: 5000 }).reduce<Buffer>(
          (inner) => lie.box('meta', Buffer.alloc(4), inner),
          Buffer.alloc(0),
        ),
      ]),
  ],
  [
    'HEIC: its name and noise',
    NO_PICTURE,
    () => Buffer.concat([lie.fileType('heic'), Buffer.alloc(999, 0xaa)]),
  ],
];

describe('a hostile file', () => {
  it.each(FILES)('%s', { timeout: 120_000 }, async (name, sentence, make) => {
    const bytes = await make();
    expect(bytes.length).toBeLessThan(MAX_BYTES);
    // Nobody's word is taken for what a file is.
    served.set(name, (_, response) => response.setHeader('content-type', 'image/png').end(bytes));
    expect(await attach(`${origin}/${encodeURIComponent(name)}`, { size: bytes.length })).toBe(sentence);
  });
});

/** Writes for as long as anybody reads. */
function drip(response: ServerResponse, bytes: number, everyMs: number): void {
  const timer = setInterval(() => response.write(Buffer.alloc(bytes, 0x89)), everyMs);
  response.once('close', () => {
    clearInterval(timer);
  });
}
const redirect =
  (to: string): RequestListener =>
  (_, response) =>
    void response.writeHead(302, { location: to }).end();
const status =
  (code: number): RequestListener =>
  (_, response) =>
    void response.writeHead(code).end();
const encoded =
  (encoding: string, bytes: Uint8Array): RequestListener =>
  (_, response) =>
    void response.writeHead(200, { 'content-encoding': encoding }).end(bytes);
const SHORT = { timeoutMs: 300 };

const SERVERS: readonly (readonly [
  string,
  string,
  RequestListener,
  { size?: number; timeoutMs?: number }?,
])[] = [
  ['announces too much', TOO_HEAVY, status(200), { size: MAX_BYTES + 1 }],
  ['announces little and sends much', TOO_HEAVY, (_, response) => response.end(Buffer.alloc(MAX_BYTES + 1))],
  [
    'never ends',
    TOO_HEAVY,
    (_, response) => {
      drip(response, 2 ** 18, 1);
    },
  ],
  ['sends a gzip bomb', TOO_HEAVY, encoded('gzip', gzipSync(Buffer.alloc(1e8)))],
  ['sends a brotli bomb', TOO_HEAVY, encoded('br', brotliCompressSync(Buffer.alloc(1e7)))],
  ['claims a compression that it has not', NOT_THERE, encoded('gzip', Buffer.alloc(999, 1))],
  [
    'drips',
    NOT_THERE,
    (_, response) => {
      drip(response, 1, 20);
    },
    SHORT,
  ],
  ['never answers', NOT_THERE, () => undefined, SHORT],
  [
    'stops after its headers',
    NOT_THERE,
    (_, response) => {
      response.flushHeaders();
    },
    SHORT,
  ],
  [
    'hangs up at once',
    NOT_THERE,
    (request) => {
      request.socket.destroy();
    },
  ],
  [
    'hangs up in the middle',
    NOT_THERE,
    (request, response) => {
      response.writeHead(200, { 'content-length': 5000 }).write('x');
      setTimeout(() => request.socket.destroy(), 20);
    },
  ],
  [
    'speaks no HTTP',
    NOT_THERE,
    (request) => {
      request.socket.end('hello\r\n\r\n');
    },
  ],
  ['has nothing', NOT_THERE, status(404)],
  ['is broken', NOT_THERE, status(500)],
  ['answers with no content', NOT_THERE, status(204)],
  ['leads to a private address', NOT_THERE, redirect('http://169.254.169.254/latest/meta-data/')],
  ['leads to this machine', NOT_THERE, redirect('/calls%20a%20picture%20a%20page')],
  ['leads to a file', NOT_THERE, redirect('file:///etc/passwd')],
  ['leads in a circle', NOT_THERE, redirect('leads in a circle')],
  [
    'calls a page a picture',
    NO_PICTURE,
    (_, response) => response.setHeader('content-type', 'image/png').end('<html>'),
  ],
  [
    'calls a picture a page',
    OPENS,
    (_, response) => response.setHeader('content-type', 'text/html').end(lie.png()),
  ],
];

describe('a server that', () => {
  for (const [name, sentence, listener, options] of SERVERS) {
    served.set(name, listener);
    it(name, async () => {
      expect(await attach(`${origin}/${encodeURIComponent(name)}`, options)).toBe(sentence);
    });
  }
});

describe('an address', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost:1/a.png',
    'http://[::1]/a.png',
    'file:///etc/passwd',
    'data:image/png;base64,iVBORw0KGgo=',
    'ftp://example.org/a.png',
    'blob:https://example.org/1',
    'javascript:alert(1)',
    'picture.png',
    '',
  ])('%j is not asked', async (address) => {
    expect(await attach(address)).toBe(NOT_THERE);
  });
});
