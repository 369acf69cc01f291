import { TranslationBundle } from '@jupyterlab/translation';
import { Attachment } from '../protocol';
import { h } from './dom';
import { IChoice, openMenu } from './popup';

export interface IAttaching {
  /** What was suggested and taken out of the message. */
  readonly chips: readonly Attachment[];
  add(chip: Attachment): void;
  restore(kind: Attachment['kind']): void;
  /** Take in a file of the user's computer. */
  read(file: File): void;
  /** Let the user choose files of the server. */
  chooseFiles(): Promise<Attachment[]>;
}

/** The menu of what can be added to a message. */
export function openAttachMenu(
  anchor: HTMLButtonElement,
  trans: TranslationBundle,
  attaching: IAttaching
): void {
  const choices: IChoice[] = [
    ...attaching.chips.map(chip => ({
      id: `chip:${chip.kind}`,
      label: chip.label,
      description: trans.__('Add again')
    })),
    {
      id: 'server',
      label: trans.__('File…'),
      description: trans.__('From the files of this server')
    },
    {
      id: 'computer',
      label: trans.__('Upload…'),
      description: trans.__('Text from your computer, only for this message')
    }
  ];
  openMenu(anchor, trans.__('Add context'), choices, id => {
    if (id === 'server') {
      void attaching.chooseFiles().then(files => files.forEach(file => attaching.add(file)));
    } else if (id === 'computer') {
      const input = h('input', { type: 'file', multiple: true });
      input.addEventListener('change', () => {
        for (const file of input.files ?? []) {
          attaching.read(file);
        }
      });
      input.click();
    } else {
      attaching.restore(id.slice('chip:'.length) as Attachment['kind']);
    }
  });
}
