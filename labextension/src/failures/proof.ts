import type { TranslationBundle } from '@jupyterlab/translation';
import { CellRun, Proof } from '../protocol';

/** Of more images, a run keeps only the last. */
const MOST_IMAGES = 4;

/** What became of trying a proposal before it was offered; empty when that is not known. */
export interface IProofLine {
  proof: string;
  proofTone: 'good' | 'bad' | 'plain';
}

/** The proof of a proposal as a line. */
export function proofLine(proof: Proof | null, trans: TranslationBundle): IProofLine {
  if (!proof) {
    return { proof: '', proofTone: 'plain' };
  }
  const seconds =
    proof.seconds === null || proof.seconds === undefined
      ? ''
      : trans.__('%1 s', shortSeconds(proof.seconds));
  // The detail tells the time itself.
  const says = (fallback: string) =>
    proof.detail || [fallback, seconds].filter(text => text).join(', ');
  switch (proof.status) {
    case 'ran':
      return { proof: trans.__('Tried: %1', says(trans.__('runs'))), proofTone: 'good' };
    case 'failed':
      return { proof: trans.__('Tried: %1', says(trans.__('fails'))), proofTone: 'bad' };
    default:
      return {
        proof: proof.detail
          ? trans.__('Could not be tried: %1', untriedBecause(proof))
          : trans.__('Not tried.'),
        proofTone: 'plain'
      };
  }
}

/** Text with its names in backticks set as code; nothing else in it is markup. */
export function withCode(text: string): (Node | string)[] {
  return text.split(/`([^`]+)`/).map((part, index) => {
    if (index % 2 === 0) {
      return part;
    }
    const code = document.createElement('code');
    code.textContent = part;
    return code;
  });
}

/** Why a candidate could not be tried, without the words that say that. */
export function untriedBecause(proof: Proof): string {
  return (proof.detail ?? '').replace(/^could not be tried: /, '');
}

/** Seconds as people say them. */
export function shortSeconds(seconds: number): string {
  return seconds < 0.1 ? '0.1' : seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds));
}

/** How a run that went well differs from the trial before it, in what stands below the cell; empty when it does not. */
export function differing(
  trial: Proof | null,
  runs: readonly CellRun[],
  trans: TranslationBundle
): string {
  if (trial?.status !== 'ran' || trial.lines === null || trial.lines === undefined) {
    return '';
  }
  const lines = runs.flatMap(run => (run.output ?? '').split('\n')).filter(line => line.trim());
  const images = runs.reduce((sum, run) => sum + (run.images?.length ?? 0), 0);
  const drawn = trial.images ?? 0;
  if (drawn !== images && Math.min(drawn, images) < MOST_IMAGES) {
    return trans._n(
      'This differs from the trial, which drew %1 figure.',
      'This differs from the trial, which drew %1 figures.',
      drawn
    );
  }
  if (!drawn && lines.length !== trial.lines) {
    return trans._n(
      'This differs from the trial, which had %1 line of output.',
      'This differs from the trial, which had %1 lines of output.',
      trial.lines
    );
  }
  return '';
}
