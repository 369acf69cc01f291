import { h } from '../threads/dom';
import { AppsApi } from './api';
import { appIcon } from './icons';

/** Of a small picture, in pixels: sharp on a dense screen in a card of 240. */
const WIDTH = 480;
const HEIGHT = 300;
/** Of what is drawn, in pixels of the large one. */
const WIDEST = 860;
const QUALITY = 0.8;
const MOST_KEPT = 200;

const kept = new Map<string, Promise<string>>();

/**
 * A small picture from a large one; null when it is none. What a page has drawn of itself is decoded as a picture and
 * drawn anew, so that nothing of its bytes goes on.
 */
export async function thumbnail(image: string): Promise<string | null> {
  if (!/^data:image\/(png|jpeg);base64,/.test(image)) {
    return null;
  }
  const picture = new Image();
  picture.src = image;
  try {
    await picture.decode();
  } catch {
    return null;
  }
  const { naturalWidth: width, naturalHeight: height } = picture;
  if (width < 40 || height < 40) {
    return null;
  }
  const canvas = h('canvas', { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext('2d');
  if (!context) {
    return null;
  }
  // The upper part, and of a wide page its middle: that is where titles are, and they can still be read.
  const seen = Math.min(width, WIDEST);
  const scale = WIDTH / seen;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, (seen - width) * scale * 0.5, 0, width * scale, height * scale);
  return canvas.toDataURL('image/jpeg', QUALITY);
}

/** A picture of an app, or an empty place of the same size. */
export function pictureView(
  api: AppsApi,
  app: string,
  picture: string | null | undefined
): HTMLElement {
  // What it shows is said beside it.
  const node = h('span', { class: 'jp-TownieApp-picture', 'aria-hidden': 'true' });
  if (!picture) {
    const icon = h('span', {});
    node.append(icon);
    appIcon.element({ container: icon, tag: 'span', elementSize: 'xlarge' });
  } else {
    addressOf(api, app, picture).then(
      address => node.append(h('img', { src: address, alt: '', draggable: 'false' })),
      reason => console.warn('A picture of an app could not be read.', reason)
    );
  }
  return node;
}

function addressOf(api: AppsApi, app: string, picture: string): Promise<string> {
  const key = `${app}/${picture}`;
  const known = kept.get(key);
  if (known) {
    return known;
  }
  const address = api.picture(app, picture).then(blob => URL.createObjectURL(blob));
  kept.set(key, address);
  address.catch(() => kept.delete(key));
  if (kept.size > MOST_KEPT) {
    const [oldest] = kept;
    kept.delete(oldest[0]);
    void oldest[1].then(url => URL.revokeObjectURL(url));
  }
  return address;
}
