import settings from './settings/plugin';
import { chat } from './threads/chatplugin';
import { threads } from './threads/plugin';

export default [settings, threads, chat];
