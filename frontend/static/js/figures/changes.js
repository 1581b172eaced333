/**
 * How far the decoded picture moves at each step of a path: root mean squared difference of neighbours, pictures
 * in [0, 1].
 */

/**
 * @param {import('../api.js').Raw} raw uint8 (N, H, W, C), N pictures along a path
 * @returns {{steps: number[], total: number, jump: number}} `jump`: largest step over the mean step (1 for an even
 *   walk)
 */
export function changes({ data, shape }) {
  const [count, height, width, channels] = shape;
  const size = height * width * channels;
  const steps = Array.from({ length: count - 1 }, (_, index) => {
    let sum = 0;
    for (let at = index * size; at < (index + 1) * size; at++) sum += (data[at + size] - data[at]) ** 2;
    return Math.sqrt(sum / size) / 255;
  });
  const total = steps.reduce((sum, step) => sum + step, 0);
  return { steps, total, jump: total > 0 ? (Math.max(...steps) * steps.length) / total : 1 };
}
