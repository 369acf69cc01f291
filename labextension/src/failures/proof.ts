import type { TranslationBundle } from '@jupyterlab/translation';
import { Proof } from '../protocol';

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
        proof: proof.detail ? trans.__('Not tried: %1', proof.detail) : trans.__('Not tried.'),
        proofTone: 'plain'
      };
  }
}

/** Seconds as people say them. */
export function shortSeconds(seconds: number): string {
  return seconds < 0.1 ? '0.1' : seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds));
}
