// What a page shows: a picture of the part in sight, and all of it as roles, names, states and texts.
//
// Loaded by the shim when somebody asks for it. The tree has the form of Playwright's aria snapshots, so that a model reads
// the same whoever has looked.
import { computeAccessibleName, getRole } from './accessibility.js';

const LONG_EDGE = 1280;
const LARGEST = 1_000_000;
const LONGEST_TREE = 20_000;
const MOST_ELEMENTS = 3_000;
const LONGEST_WALK = 1_500;
const LONGEST_DRAWING = 6_000;

const SKIPPED = /^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT|LINK|META|HEAD|OPTION|OPTGROUP|DATALIST)$/;
const INLINE = new Set(['strong', 'emphasis', 'code', 'mark', 'subscript', 'superscript', 'time', 'generic', 'none', 'presentation', 'document', 'html']);
const NAMED_BY_CONTENT = new Set(['button', 'link', 'heading', 'cell', 'gridcell', 'columnheader', 'rowheader', 'tab', 'option',
  'menuitem', 'menuitemcheckbox', 'menuitemradio', 'checkbox', 'radio', 'switch', 'treeitem', 'tooltip']);

const clip = (text, most) => text.length > most ? text.slice(0, most - 1) + '…' : text;
const one = text => text.replace(/\s+/g, ' ');

function states(element, role) {
  const found = [];
  const aria = name => element.getAttribute('aria-' + name);
  if (element.checked || aria('checked') === 'true') found.push('checked');
  if (element.matches(':disabled') || aria('disabled') === 'true') found.push('disabled');
  if (aria('expanded') === 'true' || (element.tagName === 'DETAILS' && element.open)) found.push('expanded');
  if (aria('selected') === 'true') found.push('selected');
  if (aria('pressed') === 'true') found.push('pressed');
  if (aria('invalid') === 'true') found.push('invalid');
  if (element === document.activeElement && element !== document.body) found.push('active');
  const level = role === 'heading' && (aria('level') || /^H([1-6])$/.exec(element.tagName)?.[1]);
  if (level) found.push('level=' + level);
  if (element.tagName === 'CANVAS') found.push(`${element.width}x${element.height}`);
  return found.map(state => ` [${state}]`).join('');
}

function valueOf(element) {
  switch (element.tagName) {
    case 'INPUT':
      return /^(password|checkbox|radio|button|submit|reset|image|file|hidden)$/.test(element.type) ? '' : element.value;
    case 'TEXTAREA':
      return element.value;
    case 'SELECT':
      return [...element.selectedOptions].map(option => option.label).join(', ');
    case 'PROGRESS':
      return element.hasAttribute('value') ? `${element.value} of ${element.max}` : '';
    case 'METER':
      return `${element.value}`;
    default:
      return element.getAttribute('aria-valuetext') || element.getAttribute('aria-valuenow') || '';
  }
}

function roleOf(element) {
  if (element.tagName === 'CANVAS') return 'canvas';
  if (element.tagName === 'IFRAME') return 'iframe';
  if (element.tagName === 'VIDEO' || element.tagName === 'AUDIO') return element.tagName.toLowerCase();
  if (element.tagName.toLowerCase() === 'svg') return 'img';
  if (element.tagName === 'INPUT' && element.type === 'password') return 'textbox';
  const role = getRole(element);
  return role && !INLINE.has(role) ? role : '';
}

/** The whole page as indented lines. */
export function tree() {
  const until = performance.now() + LONGEST_WALK;
  let left = MOST_ELEMENTS, cut = false;

  const childrenOf = node => node.shadowRoot ? node.shadowRoot.childNodes
    : node.tagName === 'SLOT' && node.assignedNodes().length ? node.assignedNodes() : node.childNodes;
  const contents = node => {
    const items = [];
    const add = text => {
      const last = items[items.length - 1];
      if (last && last.text !== undefined) last.text += text; else items.push({ text });
    };
    for (const child of childrenOf(node)) {
      if (child.nodeType === 3) add(one(child.data));
      else if (child.nodeType === 1 && !SKIPPED.test(child.tagName)) {
        if (left-- <= 0 || performance.now() > until) { cut = true; break; }
        const style = getComputedStyle(child);
        if (style.display === 'none' || child.getAttribute('aria-hidden') === 'true') continue;
        if (style.visibility === 'hidden') {
          items.push(...contents(child).filter(item => item.text === undefined));
          continue;
        }
        const role = roleOf(child);
        if (!role) {
          const block = style.display !== 'inline' && style.display !== 'contents';
          const inside = contents(child);
          // Two blocks beside each other are two texts.
          if (block && inside.length) items.push({ line: null });
          for (const item of inside) if (item.text !== undefined) add(item.text); else items.push(item);
          if (block && inside.length) items.push({ line: null });
          if (child.tagName === 'BR') items.push({ line: null });
          continue;
        }
        items.push(described(child, role));
      }
    }
    return items;
  };
  const described = (element, role) => {
    let name = '';
    // That of a row is its cells once more.
    if (role !== 'row') try { name = one(computeAccessibleName(element)).trim(); } catch { /* without a name */ }
    const leaf = /^(INPUT|TEXTAREA|SELECT|CANVAS|IFRAME|IMG|VIDEO|AUDIO|PROGRESS|METER)$/i.test(element.tagName) || role === 'img';
    const inside = leaf ? [] : contents(element);
    const texts = inside.filter(item => item.text && item.text.trim());
    const lines = inside.filter(item => item.line);
    let text = leaf ? one(valueOf(element)).trim() : '';
    let below = inside;
    if (!leaf && !lines.length) {
      const own = texts.map(item => item.text.trim()).join(' ');
      if (!(NAMED_BY_CONTENT.has(role) && name)) text = own;
      below = [];
    }
    const head = role + (name ? ' ' + JSON.stringify(clip(name, 200)) : '') + states(element, role);
    return { line: head + (text ? ': ' + clip(text, 500) : ''), below };
  };

  const lines = [];
  let size = 0;
  const print = (items, depth) => {
    for (const item of items) {
      if (size > LONGEST_TREE) { cut = true; return; }
      let line = item.line;
      if (item.text !== undefined) line = item.text.trim() ? 'text: ' + clip(item.text.trim(), 500) : null;
      if (!line) continue;
      const inside = item.below && item.below.some(one => one.line || (one.text && one.text.trim()));
      const written = '  '.repeat(Math.min(depth, 20)) + '- ' + line + (inside && !/: /.test(line.slice(-2)) ? ':' : '');
      lines.push(written);
      size += written.length + 1;
      if (inside) print(item.below, depth + 1);
    }
  };
  const root = document.documentElement;
  const seen = `${window.innerWidth}x${window.innerHeight} px in sight`;
  const more = root.scrollHeight > window.innerHeight + 1 ? `, page ${root.scrollHeight} px high, scrolled to ${Math.round(window.scrollY)} px` : '';
  print([{ line: `document ${JSON.stringify(clip(document.title, 200))} [${seen}${more}]`, below: document.body ? contents(document.body) : [] }], 0);
  if (cut) lines.push('- (the rest of the page is left out)');
  return clip(lines.join('\n'), LONGEST_TREE);
}

function encoded(canvas) {
  const png = canvas.toDataURL('image/png');
  const fits = text => text.length * 0.75 <= LARGEST;
  if (fits(png)) return png;
  for (const quality of [0.85, 0.6]) {
    const jpeg = canvas.toDataURL('image/jpeg', quality);
    if (fits(jpeg)) return jpeg;
  }
  const half = document.createElement('canvas');
  half.width = Math.max(1, canvas.width >> 1);
  half.height = Math.max(1, canvas.height >> 1);
  half.getContext('2d').drawImage(canvas, 0, 0, half.width, half.height);
  return half.toDataURL('image/jpeg', 0.6);
}

/** The colour behind everything: the root's, else the body's, which then spreads over all of the window. */
function behind() {
  for (const element of [document.documentElement, document.body]) {
    const colour = getComputedStyle(element).backgroundColor;
    if (!/^(transparent|rgba\(.*, 0\))$/.test(colour)) return colour;
  }
  const dark = /dark/.test(getComputedStyle(document.documentElement).colorScheme);
  return dark && matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#ffffff';
}

/** What is in sight, as a data URL of a PNG or JPEG of at most 1,280 px and about 1 MB. */
export async function picture() {
  const { innerWidth: width, innerHeight: height } = window;
  if (width < 2 || height < 2 || !document.body) throw new Error('The page is not in sight.');
  const { snapdom } = await import('./snapdom.js');
  const drawn = snapdom.toCanvas(document.body, {
    clip: 'viewport', dpr: 1, scale: Math.min(1, LONG_EDGE / Math.max(width, height)), backgroundColor: behind(),
    reconcile: true, invalidate: true, fast: false
  });
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('The page took too long to draw itself.')), LONGEST_DRAWING));
  return encoded(await Promise.race([drawn, late]));
}
