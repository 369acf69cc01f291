import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

const chat: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-townie:chat',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    void app;
  }
};

export default [chat];
