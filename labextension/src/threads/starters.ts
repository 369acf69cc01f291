import { TranslationBundle } from '@jupyterlab/translation';
import { Attachment, Binding, TurnStarted } from '../protocol';
import { IFailed } from './failed';

export interface IStarter {
  label: string;
  /** What is sent; empty for what needs no words. */
  text: string;
  title?: string;
  /** Default: chat. The others are about the failed cell. */
  purpose?: TurnStarted['purpose'];
}

/** Three useful beginnings for what is open. */
export function starters(
  trans: TranslationBundle,
  binding: Binding,
  suggested: readonly Attachment[],
  failed: IFailed | null = null
): IStarter[] {
  if (failed) {
    const title = `${failed.error.ename}: ${failed.error.evalue}`.slice(0, 300);
    return [
      { label: trans.__('Fix this error'), text: '', title, purpose: 'fix' },
      { label: trans.__('Explain this error'), text: '', title, purpose: 'explain' },
      {
        label: trans.__('Check the cells above'),
        text: trans.__(
          'Look through the cells that the failing one depends on for anything that is wrong.'
        )
      }
    ];
  }
  if (suggested.some(chip => chip.kind === 'selection')) {
    return [
      {
        label: trans.__('Explain the selection'),
        text: trans.__('Explain the selected code step by step.')
      },
      {
        label: trans.__('Make it simpler'),
        text: trans.__('Rewrite the selected code so that it is simpler, with the same result.')
      },
      {
        label: trans.__('Write tests for it'),
        text: trans.__('Write tests for the selected code, edge cases included.')
      }
    ];
  }
  if (binding.path && binding.kind === 'file') {
    return [
      {
        label: trans.__('Explain this file'),
        text: trans.__('Explain what this file does, the important parts first.')
      },
      {
        label: trans.__('Find mistakes'),
        text: trans.__('Look for mistakes in this file and say how to correct them.')
      },
      { label: trans.__('Write tests for it'), text: trans.__('Write tests for this file.') }
    ];
  }
  if (binding.path) {
    return [
      {
        label: trans.__('Explain this notebook'),
        text: trans.__('Explain what this notebook does, cell by cell, briefly.')
      },
      {
        label: trans.__('Plot the data'),
        text: trans.__('Plot the most telling relations in the data of this notebook.')
      },
      {
        label: trans.__('What would you do next?'),
        text: trans.__('Suggest the next three steps of this analysis and write the first one.')
      }
    ];
  }
  return [
    {
      label: trans.__('Show me around'),
      text: trans.__('Show me what you can do, with an example.')
    },
    {
      label: trans.__('Explore a CSV file'),
      text: trans.__(
        'I want to explore a CSV file. Tell me how to begin and write the first cells.'
      )
    },
    {
      label: trans.__('Explain an idea'),
      text: trans.__('Explain the bootstrap in statistics with a small example in Python.')
    }
  ];
}
