/** Milliseconds after which a long piece of work lets the page do something else. */
const SLICE = 8;

/** Do work that can stop at each of its steps, a few milliseconds at a time. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE;
    let step = work.next();
    while (!step.done && performance.now() < until) {
      step = work.next();
    }
    if (step.done) {
      return step.value;
    }
    await nextTask();
  }
}

/** Do the same work at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  let step = work.next();
  while (!step.done) {
    step = work.next();
  }
  return step.value;
}

export function nextTask(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve));
}

/** Milliseconds after which a page that draws no frames, as one behind another, is not waited for. */
const NO_FRAME = 100;

/** After the next frame was drawn. */
export function nextFrame(): Promise<void> {
  return new Promise(resolve => {
    const timer = window.setTimeout(resolve, NO_FRAME);
    window.requestAnimationFrame(() => {
      window.clearTimeout(timer);
      window.setTimeout(resolve);
    });
  });
}
