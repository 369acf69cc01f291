import { apps } from './apps/plugin';
import { inlineEdit } from './edits/inlinePlugin';
import { edits } from './edits/plugin';
import { failures } from './failures/plugin';
import { kernelInsertion, liveDocuments, newCells } from './notebooks/plugin';
import settings from './settings/plugin';
import { chat } from './threads/chatplugin';
import { threads } from './threads/plugin';

export default [
  settings,
  threads,
  chat,
  liveDocuments,
  newCells,
  kernelInsertion,
  edits,
  inlineEdit,
  failures,
  apps
];
