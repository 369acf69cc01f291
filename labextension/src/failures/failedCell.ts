import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import { errorOf } from '../notebooks/snapshot';
import { RawError } from '../protocol';

/** Errors that say what the user or the code meant to happen, so that there is nothing to fix or to explain. */
const INTENDED = new Set(['KeyboardInterrupt', 'SystemExit']);

/** The error among the outputs of a cell that help can be offered for, or null. */
export function failureOf(outputs: IOutputAreaModel): RawError | null {
  const error = errorOf(outputs);
  return error && offersHelp(error) ? error : null;
}

export function offersHelp(error: RawError): boolean {
  // Some kernels give the name with its module.
  return !INTENDED.has(error.ename.split('.').pop() ?? '');
}
