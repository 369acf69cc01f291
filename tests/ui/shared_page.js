/* JupyterLab as it is after a load, without one: evaluated in its page, each function by its name. */
(() => {
  const app = () => window.jupyterapp;
  const AREAS = ['main', 'left', 'right', 'down'];

  /** A service of a plugin by the name of its token. */
  const service = name => {
    const token = [...app().pluginRegistry._services.keys()].find(({ name: known }) => known === name);
    return app().resolveRequiredService(token);
  };
  const widgets = area => [...app().shell.widgets(area)];
  const shown = selector => [...document.querySelectorAll(selector)].filter(element => element.checkVisibility());

  const later = ms => new Promise(done => setTimeout(done, ms));

  /** JupyterLab and ipywidgets throw when a kernel ends that has not answered what it is asked when it starts. */
  const begun = async context => {
    await Promise.race([context.ready, later(30_000)]);
    // Who else has waited for it asks now.
    await later(100);
    const asked = () => [...(context.session?.kernel?._futures?.values() ?? [])];
    const starts = () => asked().some(({ msg }) => msg.header.msg_type === 'create_subshell_request');
    for (let tries = 0; tries < 100 && starts(); tries++) {
      await later(50);
    }
  };

  return {
    /**
     * Close, end and forget what a test has opened, started and chosen.
     *
     * kept: ids of the widgets in the side bars. sizes: of the side bars and what is between them.
     */
    async leave({ kept, sizes }) {
      const { commands, serviceManager, shell } = app();
      const [townie, state] = await Promise.all(
        ['jupyter-townie:ITownie', '@jupyterlab/coreutils:IStateDB'].map(service)
      );
      const contexts = widgets('main').flatMap(({ sessionContext }) => sessionContext ?? []);
      await Promise.all(contexts.map(begun));
      for (const widget of AREAS.flatMap(widgets)) {
        if (!kept.includes(widget.id)) {
          if (widget.context?.model) {
            // Nobody is asked whether to save, and nothing counts as lost.
            widget.context.model.dirty = false;
          }
          widget.dispose();
        }
      }
      await serviceManager.sessions.shutdownAll();
      await serviceManager.kernels.shutdownAll();
      if (serviceManager.terminals.isAvailable()) {
        await serviceManager.terminals.shutdownAll();
      }
      const { choices } = townie;
      if (townie.current === null) {
        // What was pinned to a chat that has not begun goes with the next one that is left.
        const answer = await fetch(`${serviceManager.serverSettings.baseUrl}townie/api/threads?token=t`, {
          method: 'POST',
          body: '{}'
        });
        await townie.select((await answer.json()).id);
      }
      const input = document.querySelector('[data-townie=input]');
      const search = document.querySelector('[data-townie=thread-search]');
      await commands.execute('townie:new-thread');
      for (const field of [input, search]) {
        field.value = '';
        field.dispatchEvent(new Event('input'));
      }
      townie.threads.map(({ id }) => id).forEach(id => townie.close(id));
      for (const id of Object.keys(choices.unused)) {
        choices.pick(id || null, { model: undefined, mode: undefined });
      }
      document.querySelector('[data-townie=announcement]').textContent = '';
      shell.mode = 'multiple-document';
      shell.collapseRight();
      shell.activateById('filebrowser');
      shell._hsplitPanel.setRelativeSizes(sizes);
      const browser = await service('@jupyterlab/filebrowser:IDefaultFileBrowser');
      await browser.model.cd('/');
      document.activeElement.blur();
      getSelection().removeAllRanges();
      await state.clear();
      localStorage.clear();
      sessionStorage.clear();
    },

    /** Read again what is not on the server any more; `raw` are the texts of settings by plugin. */
    async settle({ raw }) {
      const { commands, shell } = app();
      if (document.querySelector('[data-townie=thread]')) {
        // The list shows what it last had until it is read.
        await commands.execute('townie:list-threads');
        for (let tries = 0; tries < 100 && document.querySelector('[data-townie=thread]'); tries++) {
          await later(50);
        }
        await commands.execute('townie:new-thread');
        shell.collapseRight();
        document.activeElement.blur();
      }
      const registry = await service('@jupyterlab/coreutils:ISettingRegistry');
      const changed = Object.values(registry.plugins).filter(plugin => plugin && plugin.raw !== (raw[plugin.id] ?? '{}'));
      await Promise.all(changed.map(({ id }) => registry.reload(id)));
      const browser = await service('@jupyterlab/filebrowser:IDefaultFileBrowser');
      await browser.model.refresh();
    },

    /** What can be told of the page; that of one that was just loaded is what all others are compared with. */
    async state() {
      const { shell, serviceManager } = app();
      const [registry, townie, documents, reviews] = await Promise.all(
        [
          '@jupyterlab/coreutils:ISettingRegistry',
          'jupyter-townie:ITownie',
          'jupyter-townie:ILiveDocuments',
          'jupyter-townie:IReviews'
        ].map(service)
      );
      const chat = document.querySelector('.jp-Townie-chat');
      return {
        address: location.pathname,
        main: widgets('main').map(({ id }) => id.replace(/\d+$/, '')),
        bars: ['left', 'right', 'down'].map(area => widgets(area).map(({ id, isVisible }) => [id, isVisible])),
        sizes: shell._hsplitPanel.relativeSizes(),
        over: shown('.jp-Dialog, .lm-Menu, .jp-Notification-Toast, .jp-Townie-popup, .jp-mod-completer-enabled').length,
        news: shown('.jp-Notification-Status .jp-mod-number, .jp-Notification-Status-Text').map(element => element.textContent),
        body: [document.body.className, { ...document.body.dataset }],
        settings: Object.fromEntries(
          Object.values(registry.plugins)
            .filter(plugin => plugin && plugin.raw !== '{}')
            .map(({ id, raw }) => [id, raw])
        ),
        running: [...serviceManager.sessions.running(), ...serviceManager.kernels.running()].length,
        threads: townie.threads.length,
        chosen: townie.choices.unused,
        chat: ['turn', 'thread', 'question', 'answer', 'next-message'].flatMap(name => [
          ...chat.querySelectorAll(`[data-townie=${name}]:not([hidden])`)
        ]).length,
        written: chat.querySelector('[data-townie=input]').value,
        chips: chat.querySelectorAll('[data-townie=chip]').length,
        connection: chat.querySelector('[data-townie=connection]').hidden,
        elsewhere: [...document.querySelectorAll('[data-townie]')]
          .filter(element => !chat.contains(element))
          .map(element => [element.dataset.townie, element.textContent]),
        open: [...documents.open, ...documents.unsaved],
        layout: reviews.layout ?? null
      };
    }
  };
})()
