// Runs first in every page of an app, before the page's own scripts.
//
// It gives the page back what an opaque origin takes away (storage, cookies, workers, paths from the root), the interface
// of Townie (`townie.kv`, `townie.sql`, `townie.llm`), and tells the wrapper page what goes wrong. It guards nothing: the
// page shares its realm and could undo all of it, so whatever comes out of the port is taken for forged.
(() => {
  'use strict';
  const script = document.currentScript;
  if (!script || window.__townie) return;
  const config = JSON.parse(script.dataset.townie);
  script.remove();
  Object.defineProperty(window, '__townie', { value: true });
  const client = window.townieClient;
  delete window.townieClient;

  const { prefix, view, draft } = config;
  if (window.parent === window) {
    // Opened by itself: the wrapper keeps the page from leading away.
    location.replace(view);
    return;
  }
  const root = location.origin;
  const native = {
    fetch: window.fetch.bind(window),
    XHR: window.XMLHttpRequest,
    WebSocket: window.WebSocket,
    EventSource: window.EventSource,
    setTimeout: window.setTimeout.bind(window),
    console: { ...console }
  };

  // ---------------------------------------------------------------------------------------------------- the port

  const LIMITS = { text: 4096, args: 20, depth: 6, rate: 20, total: 200, bytes: 65536 };
  const channel = new MessageChannel();
  const port = channel.port1;
  const seen = new Map();
  // What is logged has limits of its own: an app that talks much must not drown its own failures.
  const spent = { log: { count: 0, bytes: 0, second: 0, inSecond: 0 }, rest: { count: 0, bytes: 0, second: 0, inSecond: 0 } };
  let seq = 0;
  // How many looks at the page are under way.
  let looking = 0;
  let held = draft ? [] : null;

  const clip = (text, most = LIMITS.text) => {
    const string = String(text);
    return string.length > most ? string.slice(0, most - 1) + '…' : string;
  };
  const send = (kind, fields, free) => {
    const message = { v: 1, seq: seq + 1, t: Math.round(performance.now()), kind, document: config.document, ...fields };
    if (!free) {
      const used = kind === 'log' ? spent.log : spent.rest;
      const size = JSON.stringify(message).length, now = Math.floor(performance.now() / 1000);
      if (now !== used.second) { used.second = now; used.inSecond = 0; }
      if (used.count >= LIMITS.total || used.inSecond >= LIMITS.rate || used.bytes + size > LIMITS.bytes) return;
      used.count += 1;
      used.bytes += size;
      used.inSecond += 1;
    }
    seq += 1;
    port.postMessage(message);
  };
  // A failure is told once for each message and first line of the app; later ones only count.
  const report = (kind, fields) => {
    if (held) { if (held.length < 50) held.push([kind, fields]); return; }
    const frame = (fields.stack || '').split('\n').find(line => line.includes(prefix)) || fields.url || '';
    // A number in it tells one time from another, not one failure from another.
    const key = [kind, fields.message.replace(/\d+/g, '#'), fields.status || '', frame].join('\0');
    const count = (seen.get(key) || 0) + 1;
    if (seen.size < 500 || seen.has(key)) seen.set(key, count);
    if (count === 1) send(kind, { after: lately(), ...fields });
  };
  // What the person did last, by its target and never with what was typed: an error that follows may need it to show.
  const doing = { text: '', at: -Infinity };
  const lately = () => performance.now() - doing.at < 1000 ? doing.text : '';
  const targetOf = element => {
    const one = element.closest('button, a, input, select, textarea, label, summary, [role], [onclick]') || element;
    const typed = one.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(one.tagName);
    const label = one.labels && one.labels[0];
    const name = one.getAttribute('aria-label') || (label && !label.contains(one) && label.innerText) || (!typed && one.innerText) ||
      one.placeholder || one.name || one.id || '';
    return `${one.getAttribute('role') || one.tagName.toLowerCase()} ${JSON.stringify(clip(name.replace(/\s+/g, ' ').trim(), 60))}`;
  };
  for (const [event, verb] of [['click', 'click on'], ['change', 'change of'], ['submit', 'submission of']]) {
    window.addEventListener(event, ({ isTrusted, target }) => {
      // A click on a button of a form submits it: the click is what the person did.
      if (!isTrusted || !(target instanceof Element) || (event === 'submit' && performance.now() - doing.at < 100)) return;
      doing.text = `${verb} ${targetOf(target)}`;
      doing.at = performance.now();
      at({ after: doing.text });
    }, true);
  }
  // Where the page is, told ahead: from one that hangs or has gone elsewhere nothing comes any more.
  const at = fields => send('at', { url: '', line: null, stack: '', after: '', ...fields }, true);
  const place = (text, most) => clip(String(text || '').split(root + prefix).join('').split(prefix).join(''), most);
  const path = url => {
    try {
      const address = new URL(url, document.baseURI);
      return place(address.href.split('#')[0]);
    } catch { return clip(url, 500); }
  };
  const described = error => {
    if (error && typeof error === 'object' && ('message' in error || 'stack' in error)) {
      return { name: clip(error.name || 'Error', 100), message: clip(error.message), stack: place(error.stack) };
    }
    return { name: '', message: shown(error), stack: '' };
  };
  const shown = (value, depth = 0, known = new Set()) => {
    try {
      if (typeof value === 'string') return clip(depth ? JSON.stringify(value) : value);
      if (typeof value === 'function') return `function ${value.name}`;
      if (value === null || typeof value !== 'object') return clip(String(value));
      if (value instanceof Error) return clip(`${value.name}: ${value.message}`);
      if (value instanceof Element) return clip(value.outerHTML, 200);
      if (known.has(value)) return '(circular)';
      if (depth >= LIMITS.depth) return '…';
      known.add(value);
      const keys = Object.keys(value).slice(0, 20);
      const inside = Array.isArray(value)
        ? value.slice(0, 20).map(one => shown(one, depth + 1, known)).join(', ')
        : keys.map(key => `${key}: ${shown(value[key], depth + 1, known)}`).join(', ');
      return clip(Array.isArray(value) ? `[${inside}]` : `{${inside}}`);
    } catch { return '(cannot be shown)'; }
  };
  const words = args => clip(Array.prototype.slice.call(args, 0, LIMITS.args).map(one => shown(one)).join(' '));

  window.parent.postMessage({ townie: 1, hello: config.hello, document: config.document }, '*', [channel.port2]);

  const here = () => path(location.href) || '/';
  // A script is seen before it runs. Those that wait for the page run one after the other once it is parsed.
  const deferred = [], lines = new WeakMap();
  const nextDeferred = () => { if (deferred.length) at(deferred[0].place); };
  const scripts = new MutationObserver(changes => {
    for (const { addedNodes } of changes) for (const script of addedNodes) {
      if (!(script instanceof HTMLScriptElement)) continue;
      const line = Number(script.dataset.townieLine) || null;
      delete script.dataset.townieLine;
      lines.set(script, line);
      if (!/^$|module|javascript/i.test(script.type)) continue;
      const place = script.src ? { url: path(script.src) } : { url: here(), line };
      const waits = script.type === 'module' || (script.src && script.defer);
      if (waits && !script.async && deferred.length < 100) deferred.push({ script, place }); else at(place);
    }
  });
  scripts.observe(document, { childList: true, subtree: true });
  document.addEventListener('readystatechange', nextDeferred, { once: true });
  // Where an element has loaded, the window is not told; of a module within the page nobody is.
  document.addEventListener('load', ({ target }) => {
    const done = deferred.findIndex(({ script }) => script === target);
    if (done >= 0) { deferred.splice(0, done + 1); nextDeferred(); }
  }, true);
  window.addEventListener('load', () => scripts.disconnect());
  // Some browsers tell within the very call that leads away.
  window.addEventListener('beforeunload', () => at({ url: here(), stack: place(new Error().stack), after: lately() }));

  // ------------------------------------------------------------------------------------------- paths from the root

  // An app that was written for a site of its own says `/api/messages`; here that is below the app's path.
  const own = url => {
    if (typeof url !== 'string' && !(url instanceof URL)) return url;
    const text = String(url);
    if (text.startsWith('/') && !text.startsWith('//')) return text.startsWith(prefix) ? text : prefix + text.slice(1);
    try {
      const address = new URL(text);
      if (/^(https?|wss?):$/.test(address.protocol) && address.host === new URL(root).host &&
          !address.pathname.startsWith(prefix)) {
        return address.protocol + '//' + address.host + prefix + address.pathname.slice(1) + address.search + address.hash;
      }
    } catch { /* a relative one */ }
    return url;
  };

  // --------------------------------------------------------------------------------------------------------- storage

  const storageOf = (kept, changed) => {
    const items = new Map(Object.entries(kept));
    const target = {
      getItem: key => (items.has(String(key)) ? items.get(String(key)) : null),
      setItem: (key, value) => { items.set(String(key), String(value)); changed(String(key), String(value)); },
      removeItem: key => { if (items.delete(String(key))) changed(String(key), null); },
      clear: () => { for (const key of [...items.keys()]) target.removeItem(key); },
      key: index => [...items.keys()][index] ?? null
    };
    return new Proxy(target, {
      get: (_, key) => key === 'length' ? items.size
        : key in target ? target[key]
        : typeof key === 'string' && items.has(key) ? items.get(key) : undefined,
      set: (_, key, value) => { target.setItem(key, value); return true; },
      has: (_, key) => key in target || items.has(key),
      deleteProperty: (_, key) => { target.removeItem(key); return true; },
      ownKeys: () => [...items.keys()],
      getOwnPropertyDescriptor: (_, key) => items.has(key)
        ? { value: items.get(key), enumerable: true, configurable: true, writable: true } : undefined
    });
  };
  let unsaved = {}, saving = 0;
  const save = () => {
    saving = 0;
    const body = JSON.stringify(unsaved);
    unsaved = {};
    native.fetch(prefix + '_townie/local', { method: 'POST', body, keepalive: body.length < 60000 })
      .then(answer => answer.ok ? null : answer.text().then(text => report('storage', { message: clip(text) })))
      .catch(() => {});
  };
  const define = (name, value) => {
    try { Object.defineProperty(window, name, { value, configurable: true, enumerable: true }); } catch { /* kept */ }
  };
  define('localStorage', storageOf(config.local || {}, (key, value) => {
    unsaved[key] = value;
    if (!saving) saving = native.setTimeout(save, 100);
  }));
  // The next page of the same visit has these.
  const session = new Map(Object.entries(config.session || {})), jar = new Map(Object.entries(config.cookies || {}));
  let keeping = 0;
  const keepSession = () => {
    keeping = 0;
    const body = JSON.stringify({ session: Object.fromEntries(session), cookies: Object.fromEntries(jar) });
    native.fetch(prefix + '_townie/session', { method: 'POST', body, keepalive: body.length < 60000 })
      .then(answer => answer.ok ? null : answer.text().then(text => report('storage', { message: clip(text) })))
      .catch(() => {});
  };
  const soon = () => { if (!keeping) keeping = native.setTimeout(keepSession, 100); };
  define('sessionStorage', storageOf(config.session || {}, (key, value) => {
    if (value === null) session.delete(key); else session.set(key, value);
    soon();
  }));
  window.addEventListener('pagehide', () => { if (saving) save(); if (keeping) keepSession(); });

  try {
    Object.defineProperty(document, 'cookie', {
      configurable: true,
      get: () => [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      set: text => {
        const [pair, ...rest] = String(text).split(';');
        const at = pair.indexOf('=');
        const name = (at < 0 ? '' : pair.slice(0, at)).trim();
        const gone = rest.some(one => /^\s*max-age\s*=\s*(0|-)/i.test(one)) ||
          rest.some(one => /^\s*expires\s*=/i.test(one) && Date.parse(one.split('=')[1]) < Date.now());
        if (gone) jar.delete(name); else if (jar.size < 50 || jar.has(name)) jar.set(name, pair.slice(at + 1).trim());
        soon();
      }
    });
  } catch { /* kept */ }
  const missing = (name, instead) => {
    try {
      Object.defineProperty(window, name, {
        configurable: true,
        get: () => {
          report('storage', { message: `${name} is not available in a Townie app: use ${instead}.` });
          return undefined;
        }
      });
    } catch { /* kept */ }
  };
  missing('indexedDB', 'townie.kv or localStorage');
  missing('caches', 'townie.kv or localStorage');
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCDataChannel', 'WebTransport']) {
    try { delete window[name]; } catch { /* kept */ }
  }

  // A dialog holds all of JupyterLab until it is closed; nobody has to close thousands of them.
  const DIALOGS = { most: 10, within: 20000 };
  const opened = [];
  for (const [name, nothing] of [['alert', undefined], ['confirm', false], ['prompt', null], ['print', undefined]]) {
    const kept = window[name];
    if (typeof kept !== 'function') continue;
    window[name] = function (...args) {
      const now = performance.now();
      while (opened.length && now - opened[0] > DIALOGS.within) opened.shift();
      if (opened.length >= DIALOGS.most) {
        report('error', {
          name: 'TooManyDialogs',
          message: `More than ${DIALOGS.most} dialogs within ${DIALOGS.within / 1000} seconds: ${name}() is not shown any more.`
        });
        return nothing;
      }
      opened.push(now);
      return kept.apply(window, args);
    };
  }

  // The whole screen is not to be had, since nothing would say there that this is a generated app: an element fills the
  // app's frame instead, until Escape.
  let full = null;
  const fill = element => {
    const said = [full, element].filter(one => one);
    if (full) full.removeAttribute('data-townie-full');
    full = element;
    if (full) full.setAttribute('data-townie-full', '');
    if (full && !document.querySelector('style[data-townie-full]')) {
      const style = document.createElement('style');
      style.dataset.townieFull = 'rule';
      style.textContent = ':not(style)[data-townie-full] { position: fixed !important; inset: 0 !important; margin: 0 !important; ' +
        'width: 100% !important; height: 100% !important; max-width: none !important; max-height: none !important; z-index: 2147483647 !important }';
      document.head.append(style);
    }
    for (const one of said) one.dispatchEvent(new Event('fullscreenchange', { bubbles: true, composed: true }));
    return Promise.resolve();
  };
  const reads = (object, name, get) => {
    try { Object.defineProperty(object, name, { configurable: true, get }); } catch { /* kept */ }
  };
  reads(document, 'fullscreenElement', () => full);
  reads(document, 'webkitFullscreenElement', () => full);
  reads(document, 'fullscreenEnabled', () => true);
  for (const name of ['requestFullscreen', 'webkitRequestFullscreen']) Element.prototype[name] = function () { return fill(this); };
  for (const name of ['exitFullscreen', 'webkitExitFullscreen']) document[name] = () => fill(null);
  window.addEventListener('keydown', ({ key }) => { if (full && key === 'Escape') fill(null); }, true);

  // ----------------------------------------------------------------------------------------------------- the keyboard

  // A page that gives itself the focus when nobody is in it would take what somebody types elsewhere, as in a cell of the
  // notebook while Townie changes the app. It gets it with the person; what it wanted focused is focused then.
  // In a tab of its own there is nobody to take it from.
  const alone = window.parent.parent === window.top;
  const isHere = () => alone || document.hasFocus() || Boolean(navigator.userActivation && navigator.userActivation.isActive);
  let wanted = null;
  const focusLater = element => { wanted = element; };
  const nativeFocus = HTMLElement.prototype.focus;
  for (const kind of [HTMLElement, window.SVGElement, window.MathMLElement]) {
    const kept = kind && Object.hasOwn(kind.prototype, 'focus') && kind.prototype.focus;
    if (kept) kind.prototype.focus = function (options) { if (isHere()) kept.call(this, options); else focusLater(this); };
  }
  for (const kind of [HTMLInputElement, HTMLTextAreaElement]) {
    const kept = kind.prototype.select;
    kind.prototype.select = function () { if (isHere()) kept.call(this); else focusLater(this); };
  }
  for (const name of ['showModal', 'show']) {
    const kept = HTMLDialogElement.prototype[name];
    HTMLDialogElement.prototype[name] = function () {
      const waits = !isHere() && !this.inert && !this.open;
      if (waits) this.inert = true;
      try { kept.call(this); } finally { if (waits) this.inert = false; }
      if (waits) focusLater(this.querySelector('[autofocus]') || this);
    };
  }
  const ownFocus = window.focus.bind(window);
  window.focus = () => { if (isHere()) ownFocus(); };
  window.addEventListener('focus', event => {
    // Who clicks on a part of the page, focuses that.
    if (event.target === window) native.setTimeout(() => {
      const element = wanted;
      wanted = null;
      if (element && element.isConnected && document.hasFocus() && document.activeElement === document.body) {
        nativeFocus.call(element, { preventScroll: true });
      }
    });
  });

  // --------------------------------------------------------------------------------------------------------- network

  // What the backend failed with last: what the page logs right after it is the same failure once more.
  const failed = { id: '', at: -Infinity };
  const again = () => performance.now() - failed.at < 1000 ? failed.id : '';
  const failedWith = id => { if (id) { failed.id = id; failed.at = performance.now(); } return id; };
  const backendError = headers => { try { return failedWith(headers.get('x-townie-error') || ''); } catch { return ''; } };
  const quiet = url => draft || String(url).includes(prefix + '_townie/');
  // Requests under way, and when something last came or went.
  const wire = { waiting: 0, at: -Infinity };
  const stir = change => { wire.waiting += change; wire.at = performance.now(); };
  window.fetch = function (input, options) {
    const target = input instanceof Request ? input : own(input);
    const url = input instanceof Request ? input.url : String(target);
    const method = (options && options.method) || (input instanceof Request && input.method) || 'GET';
    if (looking && method === 'GET') return native.fetch(target, options);
    const began = performance.now(), after = lately();
    stir(1);
    return native.fetch(target, options).finally(() => stir(-1)).then(answer => {
      send('net', { method: clip(method, 20), url: path(url), status: answer.status,
        ms: Math.round(performance.now() - began) }, seq < 2000);
      if (answer.status >= 400 && !quiet(url)) {
        const cause = backendError(answer.headers);
        answer.clone().text().catch(() => '').then(text => report('network', {
          message: clip(`${method} ${path(url)} was answered with ${answer.status}. ${text.slice(0, 2048)}`),
          url: path(url), status: answer.status, backend_error: cause, after
        }));
      }
      return answer;
    }, error => {
      if (!(error && error.name === 'AbortError') && !quiet(url)) {
        report('network', { ...described(error), message: clip(`${method} ${path(url)} failed: ${error.message}`), url: path(url), after });
      }
      throw error;
    });
  };
  window.Request = class extends window.Request {
    constructor(input, options) { super(own(input), options); }
  };
  window.XMLHttpRequest = class extends native.XHR {
    open(method, url, ...rest) {
      const target = own(url), began = performance.now(), after = lately();
      super.open(method, target, ...rest);
      this.addEventListener('loadstart', () => stir(1));
      this.addEventListener('loadend', () => stir(-1));
      this.addEventListener('loadend', () => {
        send('net', { method: clip(method, 20), url: path(target), status: this.status,
          ms: Math.round(performance.now() - began) }, seq < 2000);
        if (this.__aborted || quiet(target) || (this.status > 0 && this.status < 400)) return;
        let text = '';
        try { text = this.responseText.slice(0, 2048); } catch { /* not text */ }
        report('network', {
          message: clip(this.status ? `${method} ${path(target)} was answered with ${this.status}. ${text}`
            : `${method} ${path(target)} failed.`),
          url: path(target), status: this.status || null, backend_error: failedWith(this.getResponseHeader('x-townie-error') || ''), after
        });
      });
    }
    abort() { this.__aborted = true; super.abort(); }
  };
  window.WebSocket = class extends native.WebSocket {
    constructor(url, protocols) {
      const target = String(own(new URL(own(String(url)), document.baseURI.replace(/^http/, 'ws')).href)).replace(/^http/, 'ws');
      if (protocols === undefined) super(target); else super(target, protocols);
      let opened = false;
      this.addEventListener('open', () => { opened = true; stir(0); });
      this.addEventListener('message', () => stir(0));
      this.addEventListener('error', () => {
        if (!opened) report('network', { message: `The WebSocket ${path(target)} could not be opened.`, url: path(target) });
      });
    }
  };
  window.EventSource = class extends native.EventSource {
    constructor(url, options) {
      const target = own(String(url));
      super(target, options);
      this.addEventListener('error', () => {
        if (this.readyState === 2) report('network', { message: `The event stream ${path(target)} ended.`, url: path(target) });
      });
    }
  };
  const beacon = navigator.sendBeacon && navigator.sendBeacon.bind(navigator);
  if (beacon) navigator.sendBeacon = (url, data) => beacon(own(url), data);

  if (window.Worker) {
    const NativeWorker = window.Worker;
    // A worker of an opaque origin cannot be loaded from a URL, but from a blob that loads it.
    window.Worker = class extends NativeWorker {
      constructor(url, options) {
        const address = new URL(own(String(url)), document.baseURI).href;
        if (/^(blob|data):/.test(address)) super(address, options);
        else {
          const text = options && options.type === 'module'
            ? `import ${JSON.stringify(address)};` : `importScripts(${JSON.stringify(address)});`;
          super(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })), options);
        }
        this.addEventListener('error', event => report('error', {
          message: clip(`Worker ${path(address)}: ${event.message || 'could not be loaded'}`),
          url: path(event.filename || address), line: event.lineno || null, column: event.colno || null, stack: ''
        }));
      }
    };
  }

  // ------------------------------------------------------------------------------------------------------ navigation

  for (const name of ['pushState', 'replaceState']) {
    const kept = history[name].bind(history);
    history[name] = (state, title, url) => {
      const target = url === undefined || url === null ? url : own(String(url));
      try { kept(state, title, target); } catch { try { kept(state, title); } catch { /* the address stays */ } }
      send('route', { url: path(target || location.href) }, seq < 2000);
    };
  }
  const outside = url => send('open', { url: clip(url, 2000) });
  window.open = url => {
    if (url) outside(new URL(own(String(url)), document.baseURI).href);
    return null;
  };
  window.addEventListener('click', event => {
    const link = event.composedPath().find(one => one instanceof HTMLAnchorElement && one.href);
    if (!link || event.defaultPrevented) return;
    const raw = link.getAttribute('href');
    if (raw && raw.startsWith('/') && !raw.startsWith('//')) link.setAttribute('href', own(raw));
    const away = /^https?:/.test(link.protocol) && !link.href.startsWith(root + prefix);
    if (away || (link.target && link.target !== '_self')) {
      event.preventDefault();
      outside(link.href);
    }
  });

  // ---------------------------------------------------------------------------------------------------------- errors

  const tell = (kind, error, more = {}) => report(kind, { ...described(error), ...more });
  const resourceOf = element => element.currentSrc || element.src || element.href || element.data || '';
  window.addEventListener('error', event => {
    if (event.target instanceof Element && event.target !== window) {
      const url = resourceOf(event.target), name = event.target.tagName.toLowerCase(), after = lately();
      // What the policy has refused is told as that, with what to do about it.
      if (!draft) native.setTimeout(() => {
        if (refused.has(url)) return;
        report('resource', { message: `<${name}> could not load ${path(url) || 'its source'}.`, url: path(url), after });
      });
      return;
    }
    // Says that a size is observed in the next frame, which is no failure; pages of every kind cause it.
    if (/^ResizeObserver loop /.test(event.message || '')) return;
    const where = { url: path(event.filename || ''), line: event.lineno || null, column: event.colno || null };
    if (event.error !== undefined && event.error !== null) tell('error', event.error, where);
    // A module that waits at its top level for such an answer fails without a word.
    else report('error', { name: '', message: clip(event.message || 'Script error.'), stack: '', ...where, backend_error: again() });
  }, true);
  // What the server has put at the end of a script whose own end is missing (`CUT_SCRIPT` of `page.py`).
  document.addEventListener('DOMContentLoaded', () => {
    const cut = [...document.querySelectorAll('script')].find(one => one.textContent.endsWith('~townie:cut~'));
    if (!cut) return;
    const message = 'The page ends in the middle of <script>: the rest of it is missing.';
    report('error', { name: 'SyntaxError', message, stack: '', url: here(), line: lines.get(cut) || null, column: null });
  });
  const refused = new Set();
  window.addEventListener('unhandledrejection', event => tell('rejection', event.reason));
  document.addEventListener('securitypolicyviolation', event => {
    const blocked = event.blockedURI || '';
    if (refused.size < 200) refused.add(blocked);
    if (blocked === 'eval' || event.disposition === 'report' || looking) return;
    report('csp', {
      message: `${event.effectiveDirective} does not allow ${clip(blocked, 500) || 'this'}. Apps load from their own ` +
        'files and from the libraries that come with Townie; other hosts must be listed in townie.toml and allowed.',
      url: path(event.sourceFile || ''), line: event.lineNumber || null, column: event.columnNumber || null
    });
  });

  // WebKit says "Script error." of all inline code; what timers and listeners call is caught here, with its stack.
  const told = new WeakSet();
  const caught = error => {
    if (error && typeof error === 'object') {
      if (told.has(error)) return;
      told.add(error);
    }
    tell('error', error);
  };
  const muted = /AppleWebKit/.test(navigator.userAgent) && !/Chrome/.test(navigator.userAgent);
  if (muted) {
    const guarded = callback => typeof callback !== 'function' ? callback : function (...args) {
      try { return callback.apply(this, args); } catch (error) { caught(error); throw error; }
    };
    for (const name of ['setTimeout', 'setInterval', 'requestAnimationFrame', 'queueMicrotask', 'requestIdleCallback']) {
      const kept = window[name];
      if (kept) window[name] = (callback, ...rest) => kept.call(window, guarded(callback), ...rest);
    }
    const listeners = new WeakMap();
    const add = EventTarget.prototype.addEventListener, remove = EventTarget.prototype.removeEventListener;
    EventTarget.prototype.addEventListener = function (type, listener, options) {
      if (typeof listener !== 'function') return add.call(this, type, listener, options);
      if (!listeners.has(listener)) listeners.set(listener, guarded(listener));
      return add.call(this, type, listeners.get(listener), options);
    };
    EventTarget.prototype.removeEventListener = function (type, listener, options) {
      return remove.call(this, type, (listener && listeners.get(listener)) || listener, options);
    };
  }

  for (const level of ['log', 'info', 'debug', 'warn', 'error', 'trace']) {
    const kept = native.console[level];
    console[level] = (...args) => {
      kept.apply(console, args);
      if (looking && String(args[0]).startsWith('[snapdom]')) return;
      send('log', { level, message: words(args) });
      if (level === 'error') {
        const error = args.find(one => one instanceof Error);
        report('console', {
          ...(error ? described(error) : { name: '', stack: '' }), message: words(args), backend_error: again()
        });
      }
    };
  }
  console.assert = (holds, ...args) => {
    native.console.assert(holds, ...args);
    if (!holds) report('console', { message: clip('Assertion failed: ' + words(args)), name: '', stack: '' });
  };

  // -------------------------------------------------------------------------------------------------------- its life

  const blank = () => !document.body || !shows(document.body);
  const shows = root => {
    const texts = root.innerText === undefined ? [...root.children].filter(one => !/^(STYLE|SCRIPT|LINK)$/.test(one.tagName)) : [root];
    if (texts.some(one => (one.innerText || '').trim())) return true;
    for (const element of root.querySelectorAll('canvas, img, svg, video, iframe, input, button, textarea, hr')) {
      const box = element.getBoundingClientRect();
      if (box.width > 1 && box.height > 1) return true;
    }
    return [...root.querySelectorAll('*')].some(element => {
      const box = element.getBoundingClientRect(), style = getComputedStyle(element);
      // What a component has in its shadow belongs to no text of the page; Panel's pages are made of such.
      if (element.shadowRoot && shows(element.shadowRoot)) return true;
      return box.width > 4 && box.height > 4 &&
        (style.backgroundImage !== 'none' || !/^(rgba\(0, 0, 0, 0\)|transparent)$/.test(style.backgroundColor));
    });
  };
  const loaded = () => {
    const waiting = held || [];
    held = null;
    for (const [kind, fields] of waiting) report(kind, fields);
    // Two frames and a moment: what the first paint throws belongs to this load.
    native.setTimeout(() => {
      send('ready', { title: clip(document.title, 200), blank: blank() }, true);
      send('resize', size(), true);
    }, 150);
    const began = performance.now();
    const look = () => {
      if (!blank()) return;
      const now = performance.now();
      // What it is still told or waits for may be what it will show.
      if (now - began < 15000 && (wire.waiting > 0 || now - wire.at < 2000)) native.setTimeout(look, 1000);
      else report('blank', { message: `The page is still empty ${Math.round((now - began) / 1000)} seconds after it was loaded.` });
    };
    native.setTimeout(look, 3000);
  };
  const size = () => ({ width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight });
  if (document.readyState === 'complete') loaded(); else window.addEventListener('load', loaded);

  port.onmessage = ({ data }) => {
    if (!data || data.v !== 1) return;
    if (data.kind === 'ping') send('pong', { id: clip(data.id ?? '', 100), memory: performance.memory?.usedJSHeapSize }, true);
    else if (data.kind === 'reload') location.reload();
    else if (data.kind === 'route' && typeof data.url === 'string') {
      const target = new URL(data.url, root + prefix);
      if (target.href.startsWith(root + prefix)) location.href = target.href;
    } else if (data.kind === 'keep') send('kept', { id: clip(data.id ?? '', 100), state: kept() }, true);
    else if (data.kind === 'restore' && typeof data.state === 'string') restore(data.state);
    else if (data.kind === 'look') look(clip(data.id ?? '', 100), data.picture !== false);
    else if (data.kind === 'theme') window.dispatchEvent(new CustomEvent('townie-theme', { detail: clip(data.theme, 20) }));
  };

  // When the page is loaded anew because its files have changed, what the person typed and where they were goes along.
  const FIELDS = 'input:not([type=password], [type=file], [type=hidden], [type=submit], [type=button]), textarea, select';
  const nameOf = (field, at) => `${field.tagName} ${field.type} ${field.id || field.name || at}`;
  const isToggle = field => field.type === 'checkbox' || field.type === 'radio';
  const untouched = field => field.tagName === 'SELECT' ? ![...field.options].some(one => one.selected !== one.defaultSelected)
    : isToggle(field) ? field.checked === field.defaultChecked : field.value === field.defaultValue;
  const kept = () => {
    const fields = {};
    [...document.querySelectorAll(FIELDS)].slice(0, 200).forEach((field, at) => {
      if (!untouched(field)) fields[nameOf(field, at)] = isToggle(field) ? field.checked : clip(field.value, 4000);
    });
    const at = [...document.querySelectorAll(FIELDS)].indexOf(document.activeElement);
    const state = { x: window.scrollX, y: window.scrollY, fields, focus: at < 0 ? '' : nameOf(document.activeElement, at) };
    const whole = JSON.stringify(state);
    return whole.length > 60000 ? JSON.stringify({ ...state, fields: {} }) : whole;
  };
  const restore = text => {
    const { x, y, fields, focus } = JSON.parse(text);
    const put = () => {
      [...document.querySelectorAll(FIELDS)].slice(0, 200).forEach((field, at) => {
        if (focus && nameOf(field, at) === focus && document.activeElement !== field) field.focus({ preventScroll: true });
        const value = fields[nameOf(field, at)];
        if (value === undefined || !untouched(field)) return;
        delete fields[nameOf(field, at)];
        // By the prototype's own setter, else a framework that watches the field takes it for unchanged.
        const name = isToggle(field) ? 'checked' : 'value';
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), name).set.call(field, value);
        field.dispatchEvent(new Event('input', { bubbles: true }));
      });
      window.scrollTo(x, y);
    };
    if (document.readyState === 'complete') put(); else window.addEventListener('load', put);
    // Pages that are drawn by a script have their fields a little later.
    native.setTimeout(() => { if (Object.keys(fields).length && document.readyState === 'complete') put(); }, 700);
  };

  // How the page looks, for a model or as a thumbnail. To draw itself it loads its pictures once more, and what comes of that
  // is no failure of the app.
  const look = async (id, picture) => {
    const found = { id, tree: '', image: '', problem: '' };
    looking += 1;
    try {
      const { tree, picture: drawn } = await import(root + prefix + '_townie/look/look.js');
      found.tree = place(tree(), 20000);
      if (picture) found.image = await drawn();
    } catch (error) {
      found.problem = clip(error && error.message ? error.message : error, 300);
    }
    looking -= 1;
    send('look', found, true);
  };

  // ------------------------------------------------------------------------------------------------------------ townie

  window.townie = client(native.fetch, prefix, config.visitor);
})();
