import { liveDocuments } from './notebooks/plugin';
import settings from './settings/plugin';
import { threads } from './threads/plugin';

export default [settings, threads, liveDocuments];
