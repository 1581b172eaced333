/**
 * Raw pictures on canvases. A canvas holds the picture in its own size; the style sheet scales it.
 */

/** @typedef {import('./api.js').Raw} Raw */

/**
 * @param {Raw} raw uint8 (N, H, W, C), C 1 (gray), 3 (RGB) or 4 (RGBA)
 * @param {number} [index] which of the N
 * @returns {ImageData}
 */
export function imageOf({ data, shape }, index = 0) {
  const [, height, width, channels] = shape;
  const size = height * width;
  const from = index * size * channels;
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  if (channels === 1) {
    for (let i = 0; i < size; i++) words[i] = 0xff000000 | (data[from + i] * 0x010101);
  } else if (channels === 3) {
    for (let i = 0, at = from; i < size; i++, at += 3)
      words[i] = 0xff000000 | (data[at + 2] << 16) | (data[at + 1] << 8) | data[at];
  } else {
    image.data.set(data.subarray(from, from + size * 4));
  }
  return image;
}

/** @param {HTMLCanvasElement} canvas @param {Raw} raw @param {number} [index] */
export function draw(canvas, raw, index = 0) {
  const [, height, width] = raw.shape;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas.getContext('2d')?.putImageData(imageOf(raw, index), 0, 0);
}

/**
 * A row of pictures with a gap between them, for strips.
 * @param {HTMLCanvasElement} canvas
 * @param {Raw} raw
 * @param {number} [first]
 * @param {number} [count]
 * @param {number} [gap] in the pictures' own pixels
 */
export function drawRow(canvas, raw, first = 0, count = raw.shape[0] - first, gap = 0) {
  const [, height, width] = raw.shape;
  canvas.width = count * width + (count - 1) * gap;
  canvas.height = height;
  const context = canvas.getContext('2d');
  for (let i = 0; i < count; i++) context?.putImageData(imageOf(raw, first + i), i * (width + gap), 0);
}

/** @param {HTMLCanvasElement} canvas makes it empty */
export function clear(canvas) {
  canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} PNG in the picture's own size */
export function png(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('this browser makes no PNG'))), 'image/png');
  });
}

/** @param {Blob} blob @param {string} name hands it to the browser's own download */
export function download(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
