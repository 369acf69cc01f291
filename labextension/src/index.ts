import { failures } from './failures/plugin';
import { liveDocuments, newCells } from './notebooks/plugin';
import settings from './settings/plugin';
import { threads } from './threads/plugin';

export default [settings, threads, liveDocuments, newCells, failures];
