// The trusted page around an app. Its policy lets the frame load from the app's own path and from nowhere else.
//
// To the panel in JupyterLab (same origin) it sends, by `window.parent.postMessage(message, location.origin, ports)`:
//   { townie: 1, app, event: 'document', document } with a MessagePort   a document of the app has loaded; the port before is closed
//   { townie: 1, app, event: 'loop' }                                    it loaded more than 5 documents within 10 seconds and was stopped
//   { townie: 1, app, event: 'left', url }                               it wanted to go to another page, and was stopped
//   { townie: 1, app, event: 'refused', message }                        it cannot be shown here
// In a tab of its own it keeps the port and shows the app's name.
(() => {
  'use strict';
  const { app, title, page, origin, hello, api, test, problem } = document.body.dataset;
  const frame = document.querySelector('iframe');
  const main = document.querySelector('main');
  const panel = window.parent === window ? null : window.parent;
  const tell = (message, ports = []) => {
    if (panel) panel.postMessage({ townie: 1, app, ...message }, location.origin, ports);
  };
  const say = (message, again) => {
    frame.removeAttribute('src');
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
      throw new Error((body && body.message) || `The server answered with ${answer.status}.`);
    }
    history.replaceState(null, '', location.pathname + '#made');
    location.reload();
  };

  const intact = async () => {
    // A proxy that strips the policy, or that takes encoded slashes apart, would open this server to the app.
    const answer = await fetch(test, { credentials: 'omit', cache: 'no-store' });
    const policy = answer.headers.get('content-security-policy') || '';
    if (answer.status !== 204) {
      throw new Error('A proxy in front of this server changes the paths of requests. Apps are not shown, because their ' +
        'pages could reach your server. Ask its administrator to pass request paths on as they are.');
    }
    if (!policy.startsWith('sandbox ') || !policy.includes(`connect-src data: blob: ${location.origin}`)) {
      throw new Error('A proxy in front of this server removes the headers that keep apps apart from it. Apps are not ' +
        'shown. Ask its administrator to pass on Content-Security-Policy.');
    }
  };

  let port = null;
  const documents = [];
  window.addEventListener('message', event => {
    if (event.source !== frame.contentWindow || event.origin !== 'null') return;
    const data = event.data;
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

  document.addEventListener('securitypolicyviolation', event => {
    // Firefox does not understand a policy whose path holds letters beyond ASCII, as a user's name may.
    if (event.effectiveDirective !== 'frame-src') return;
    if (event.blockedURI.startsWith(location.origin + page)) {
      refuse('This browser cannot show apps at this address, because of the encoded letters in its path. Open it in ' +
        'Chromium or Safari, or ask your administrator for a base URL of plain letters.');
      return;
    }
    const url = event.blockedURI.slice(0, 300);
    say(`The app wanted to leave for ${url}, which is no part of it, and was stopped.`, 'Start again');
    tell({ event: 'left', url });
  });

  const show = async () => {
    if (problem) return refuse(problem);
    if (origin !== location.origin) {
      if (tried) return refuse('This browser keeps no cookies for this server, so the app cannot be shown.');
      return make();
    }
    if (location.hash) history.replaceState(null, '', location.pathname);
    await intact();
    frame.src = page;
  };
  show().catch(error => refuse(error.message));
})();
