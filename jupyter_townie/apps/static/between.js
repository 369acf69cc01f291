// Between the wrapper page and the app: Townie's own page, in an opaque origin that nobody shares.
//
// It is here for what it is told: that a person does something in a page is known to the pages around it, and to those
// within it of the same origin. So what they do in JupyterLab is known to the wrapper, too, and only what they do in the
// app is known here. Whoever took the keyboard without that was not asked.
//
// From the wrapper: { show }   the app's page        { touched } with a MessagePort   whether a person acts in the app
// To the wrapper:   { said } with the app's ports     { violation }                    a page that may not be shown
(() => {
  'use strict';
  const frame = document.querySelector('iframe');
  const wrapper = window.parent;
  window.addEventListener('message', ({ source, origin, data, ports }) => {
    if (source === frame.contentWindow && origin === 'null') {
      if (data && data.townie === 1) wrapper.postMessage({ said: data }, '@origin@', [...ports]);
    } else if (source === wrapper && origin === '@origin@') {
      if (data.show) frame.src = data.show;
      else if (data.touched) ports[0].postMessage(Boolean(navigator.userActivation?.isActive));
    }
  });
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    wrapper.postMessage({ violation: { directive: effectiveDirective, url: blockedURI } }, '@origin@');
  });
})();
