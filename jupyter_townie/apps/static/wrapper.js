// The trusted page around an app. Its policy lets the frame load from the app's own path and from nowhere else.
//
// To the panel in JupyterLab (same origin) it sends, by `window.parent.postMessage(message, location.origin, ports)`:
//   { townie: 1, app, event: 'document', document } with a MessagePort   a document of the app has loaded; the port before is closed
//   { townie: 1, app, event: 'loop' }                                    it loaded more than 5 documents within 10 seconds and was stopped
//   { townie: 1, app, event: 'left', url }                               it wanted to go to another page, and was stopped
//   { townie: 1, app, event: 'refused', message }                        it cannot be shown here
//   { townie: 1, app, event: 'stopped', message }                        it was stopped, as asked by the panel
//   { townie: 1, app, event: 'expired' }                                 its address opens nothing any more
// From the panel it hears { townie: 1, touched: true } with a MessagePort, which is told whether a person acts in the app
// at this moment, and { townie: 1, stop: message }.
// In a tab of its own it keeps the port and shows the app's name.
(() => {
  'use strict';
  const { app, title, page, origin, hello, api, test, problem, between, sandbox } = document.body.dataset;
  const frame = document.querySelector('iframe');
  const main = document.querySelector('main');
  // Firefox does not find the app's path in the policy that the page between has from this one, when it has encoded letters.
  const direct = !between || (/Firefox\//.test(navigator.userAgent) && page.includes('%'));
  const panel = window.parent === window ? null : window.parent;
  const tell = (message, ports = []) => {
    if (panel) panel.postMessage({ townie: 1, app, ...message }, location.origin, ports);
  };
  const say = (message, again) => {
    frame.remove();
    main.textContent = message;
    if (again) {
      const button = document.createElement('button');
      button.textContent = again;
      button.onclick = () => location.reload();
      main.append(document.createElement('br'), button);
    }
  };
  const refuse = message => { say(message, 'Try again'); tell({ event: 'refused', message }); };

  document.title = title;
  frame.title = `Generated app: ${title}`;
  if (!panel) {
    document.body.classList.add('alone');
    document.querySelector('header').textContent = `Generated app: ${title}`;
  }

  const NO_COOKIES = 'This browser keeps no cookies for this server, or a proxy in front of it loses them (Set-Cookie), so the app ' +
    'cannot be shown. Allow them for this address, or ask its administrator to pass them on.';
  // The capability is made for the origin that this browser sees; a proxy may show the server another one.
  const tried = new URLSearchParams(location.hash.slice(1)).has('made');
  const make = async () => {
    const xsrf = (document.cookie.match(/(?:^|;\s*)_xsrf=([^;]*)/) || [])[1] || '';
    const answer = await fetch(api, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-XSRFToken': decodeURIComponent(xsrf) },
      body: JSON.stringify({ origin: location.origin })
    });
    if (!answer.ok) {
      const body = await answer.json().catch(() => null);
      if (answer.status === 403 && !xsrf) throw new Error(NO_COOKIES);
      throw new Error((body && body.message) || `The server answered with ${answer.status}.`);
    }
    history.replaceState(null, '', location.pathname + '#made');
    location.reload();
  };

  const intact = async () => {
    // A proxy that strips the policy, or that takes encoded slashes apart, would open this server to the app.
    const answer = await fetch(test, { credentials: 'omit', cache: 'no-store' });
    const policy = answer.headers.get('content-security-policy') || '';
    const held = [`sandbox ${sandbox};`, " default-src 'none';", ` connect-src data: blob: ${location.origin}${page} `];
    if (answer.status === 404 || answer.status === 429) {
      throw new Error('The app is not there at this moment. Try again in a while.');
    }
    if (answer.status !== 200) {
      throw new Error('A proxy in front of this server changes the paths of requests. Apps are not shown, because their ' +
        'pages could reach your server. Ask its administrator to pass request paths on as they are.');
    }
    if (!policy.startsWith(held[0]) || !held.every(part => policy.includes(part))) {
      throw new Error('A proxy in front of this server removes or changes the headers that keep apps apart from it. ' +
        'Apps are not shown. Ask its administrator to pass on Content-Security-Policy as it is.');
    }
  };

  // A capability ends when nothing has asked by it for twelve hours. One that is looked at is used; after a night's sleep
  // of the computer there is another.
  // In a tab of its own nobody else tells that a published app was taken back, or that its visitor has signed out.
  const LOOK_EVERY = (panel ? 30 : 1) * 60 * 1000, NOT_BEFORE = 30 * 1000;
  let looked = Date.now();
  const lives = async () => {
    if (!frame.isConnected || problem || Date.now() - looked < NOT_BEFORE) return;
    looked = Date.now();
    const answer = await fetch(test, { credentials: 'omit', cache: 'no-store' }).catch(() => null);
    if (!answer || answer.status !== 404) return;
    if (panel) tell({ event: 'expired' }); else location.reload();
  };
  setInterval(lives, LOOK_EVERY);
  for (const back of ['focus', 'online']) window.addEventListener(back, lives);
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') lives(); });

  // An app that its person acts in has the keyboard; so has this page, when it is stopped and they go on.
  let acted = -Infinity;
  for (const act of ['keydown', 'pointerdown']) window.addEventListener(act, () => { acted = performance.now(); }, true);
  const ofPanel = ({ data, ports }) => {
    if (!data || data.townie !== 1) return;
    if (typeof data.stop === 'string') {
      say(data.stop, 'Show it again');
      tell({ event: 'stopped', message: data.stop });
    } else if (data.touched && ports.length === 1) {
      if (direct || !frame.isConnected || performance.now() - acted < 1000) ports[0].postMessage(true);
      else frame.contentWindow.postMessage({ touched: true }, '*', [ports[0]]);
    }
  };

  let port = null;
  const documents = [];
  window.addEventListener('message', event => {
    if (panel && event.source === panel && event.origin === location.origin) return ofPanel(event);
    if (!event.source || event.source !== frame.contentWindow || event.origin !== 'null') return;
    if (!direct && event.data.violation) return violated(event.data.violation);
    const data = direct ? event.data : event.data.said;
    if (!data || data.townie !== 1 || data.hello !== hello || event.ports.length !== 1) return;
    const now = performance.now();
    documents.push(now);
    while (documents.length && now - documents[0] > 10000) documents.shift();
    if (documents.length > 5) {
      documents.length = 0;
      say('The app loads itself again and again, and was stopped.', 'Start again');
      tell({ event: 'loop' });
      return;
    }
    if (port) port.close();
    port = null;
    const name = typeof data.document === 'string' ? data.document.slice(0, 64) : '';
    if (panel) {
      tell({ event: 'document', document: name }, [event.ports[0]]);
    } else {
      port = event.ports[0];
      port.onmessage = ({ data: message }) => {
        if (!message || message.v !== 1 || message.kind !== 'open' || typeof message.url !== 'string') return;
        let address;
        try { address = new URL(message.url); } catch { return; }
        // Never a page of this server: it would open with the person's rights.
        if (!/^https?:$/.test(address.protocol) || address.hostname === location.hostname) return;
        if (confirm(`This generated app wants to open\n${address.href.slice(0, 300)}`)) {
          window.open(address.href, '_blank', 'noopener,noreferrer');
        }
      };
    }
  });

  const violated = ({ directive, url }) => {
    // Firefox does not understand a policy whose path holds letters beyond ASCII, as a user's name may.
    if (directive !== 'frame-src') return;
    if (String(url).startsWith(location.origin + page)) {
      refuse('This browser cannot show apps at this address, because of the encoded letters in its path. Open it in ' +
        'Chromium or Safari, or ask your administrator for a base URL of plain letters.');
      return;
    }
    const left = String(url).slice(0, 300);
    say(`The app wanted to leave for ${left}, which is no part of it, and was stopped.`, 'Start again');
    tell({ event: 'left', url: left });
  };

  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    violated({ directive: effectiveDirective, url: blockedURI });
  });

  const show = async () => {
    if (problem) return refuse(problem);
    if (origin !== location.origin) {
      if (tried) return refuse(NO_COOKIES);
      return make();
    }
    if (location.hash) history.replaceState(null, '', location.pathname);
    await intact();
    if (direct) {
      frame.src = page;
      return;
    }
    const loaded = new Promise(done => frame.addEventListener('load', done, { once: true }));
    frame.srcdoc = between;
    await loaded;
    frame.contentWindow.postMessage({ show: location.origin + page }, '*');
  };
  show().catch(error => refuse(error.message));
})();
