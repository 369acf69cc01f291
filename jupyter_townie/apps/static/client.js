// What a page may ask of the server that it comes from: `townie.kv`, `townie.sql` and `townie.llm`.
//
// Sent in front of the shim in Townie, and by itself with an app that was exported.
window.townieClient = (fetch, prefix, visitor) => {
  'use strict';
  const call = async (url, options) => {
    const answer = await fetch(prefix + '_townie/' + url, options);
    const body = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (!answer.ok) throw new Error((body && body.message) || `Townie answered with ${answer.status}.`);
    return body;
  };
  const key = name => 'kv/' + encodeURIComponent(String(name));
  const kv = {
    get: async (name, otherwise = null) => {
      const found = await call(key(name));
      return found.found ? found.value : otherwise;
    },
    set: async (name, value) => {
      await call(key(name), { method: 'PUT', body: JSON.stringify(value === undefined ? null : value) });
      return value;
    },
    delete: async name => { await call(key(name), { method: 'DELETE' }); },
    keys: async (start = '') => (await call('kv?prefix=' + encodeURIComponent(start))).keys,
    list: async (start = '') => (await call('kv?values=1&prefix=' + encodeURIComponent(start))).items
  };
  const sql = async (query, ...params) => {
    // Both townie.sql(text, [1, 2]) and townie.sql`... ${value}` are understood.
    let text = query, values = params.length === 1 && typeof params[0] === 'object' && params[0] !== null ? params[0] : params;
    if (Array.isArray(query) && query.raw) { text = query.join('?'); values = params; }
    const answer = await call('sql', { method: 'POST', body: JSON.stringify({ query: text, params: values }) });
    const rows = answer.rows;
    Object.defineProperties(rows, {
      rows: { value: rows }, columns: { value: answer.columns },
      changes: { value: answer.changes }, lastId: { value: answer.lastId }
    });
    return rows;
  };
  const chat = async options => {
    const answer = await fetch(prefix + '_townie/llm/v1/chat/completions', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(options)
    });
    if (!answer.ok) {
      const body = await answer.json().catch(() => null);
      throw new Error((body && body.error && body.error.message) || `The model answered with ${answer.status}.`);
    }
    return answer;
  };
  const messagesOf = asked => typeof asked === 'string' ? [{ role: 'user', content: asked }] : asked;
  const llm = async (asked, options = {}) =>
    (await (await chat({ ...options, messages: messagesOf(asked) })).json()).choices[0].message.content;
  llm.stream = async function* (asked, options = {}) {
    const reader = (await chat({ ...options, messages: messagesOf(asked), stream: true })).body
      .pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const lines = text.split('\n');
      text = lines.pop();
      for (const line of lines) {
        if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
        const event = JSON.parse(line.slice(6));
        if (event.error) throw new Error(event.error.message);
        const piece = event.choices[0] && event.choices[0].delta.content;
        if (piece) yield piece;
      }
    }
  };
  llm.chat = { completions: { create: async options => {
    if (!options.stream) return (await chat(options)).json();
    return llm.stream(options.messages, options);
  } } };
  return Object.freeze({ kv: Object.freeze(kv), sql, llm, visitor, base: prefix });
};
