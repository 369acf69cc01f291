import { TranslationBundle } from '@jupyterlab/translation';
import { AppInfo } from '../protocol';

/** The kinds of apps, the most common first. */
export const KINDS: readonly AppInfo['kind'][] = [
  'fullstack',
  'web',
  'streamlit',
  'gradio',
  'panel',
  'dash',
  'voila',
  'widgets'
];

export function kindName(kind: AppInfo['kind'], trans: TranslationBundle): string {
  return {
    web: trans.__('Web page'),
    fullstack: trans.__('Web app with a backend'),
    streamlit: 'Streamlit',
    gradio: 'Gradio',
    panel: 'Panel',
    dash: 'Dash',
    voila: 'Voilà',
    widgets: trans.__('Widgets in a notebook')
  }[kind];
}
