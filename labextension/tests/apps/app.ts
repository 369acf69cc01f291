import { AppFailure, AppInfo } from '../../src/protocol';

export function info(more: Partial<AppInfo> = {}): AppInfo {
  return {
    id: 'hello-1a2b3c',
    path: 'apps/hello',
    name: 'hello',
    title: 'Hello',
    kind: 'fullstack',
    phase: 'running',
    backend: true,
    rights: 'confined',
    consented: true,
    ...more
  };
}

export function failure(evalue: string, more: Partial<AppFailure> = {}): AppFailure {
  return {
    failure: {
      id: evalue,
      source: 'browser',
      ename: 'TypeError',
      evalue,
      summary: evalue,
      signature: evalue,
      frames: [{ file: 'apps/hello/app.js', line: 4, user: true }]
    },
    first: 1,
    last: 1,
    ...more
  };
}
