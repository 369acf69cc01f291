import { DropZone } from '../context/drop';
import { IMentionSource } from '../context/mentions';
import { PrivacyChip } from '../context/privacychip';
import { ModelCatalog } from '../models/catalog';
import { ModelPicker, ModePicker } from '../models/picker';
import { Attachment } from '../protocol';
import { ISettings } from '../settings/tokens';
import { asProblem } from './api';
import { openAttachMenu } from './attach';
import { Composer } from './composer';
import { cellName, ISurroundings } from './surroundings';

export interface IComposing {
  around: ISurroundings;
  settings: ISettings;
  catalog: ModelCatalog;
  sources: readonly IMentionSource[];
  /** Let the user choose files of the server. */
  chooseFiles(): Promise<Attachment[]>;
}

/**
 * The composer of the chat, with what the model may see and who answers, and what takes in things that are dropped
 * anywhere on the chat; `usage` stands under it.
 */
export function composerOf(
  { around, settings, catalog, sources, chooseFiles }: IComposing,
  chat: HTMLElement,
  usage: HTMLElement
): { composer: Composer; drop: DropZone } {
  const { documents, townie, trans } = around;
  const composer: Composer = new Composer({
    around,
    sources,
    under: [
      new ModePicker(townie, trans).node,
      new ModelPicker(catalog, townie, trans, () => around.openStatus()).node,
      usage
    ],
    leading: privacyOf({ around, settings, catalog })?.node ?? null,
    attach: anchor =>
      openAttachMenu(anchor, trans, {
        chips: composer.chips.removed,
        add: chip => composer.add(chip),
        restore: kind => composer.restore(kind),
        read: file => void drop.read(file),
        chooseFiles
      })
  });
  const drop = new DropZone(chat, {
    notebook: () => documents?.binding().path ?? null,
    add: chip => {
      composer.add(chip);
      composer.focus();
    },
    refuse: message => townie.notify({ code: 'attachment', message }, 'warning'),
    cellLabel: (path, cellId) => cellName(around, path, cellId),
    tooLarge: name => trans.__('%1 is not text, or larger than 1 MB.', name)
  });
  return { composer, drop };
}

/** What the model that would answer may see of the notebook; null where there are no notebooks. */
function privacyOf({
  around,
  settings,
  catalog
}: Pick<IComposing, 'around' | 'settings' | 'catalog'>): PrivacyChip | null {
  const { documents, townie, trans } = around;
  if (!documents) {
    return null;
  }
  const chip = new PrivacyChip(
    documents,
    settings,
    trans,
    error => townie.notify(asProblem(error), 'error'),
    () => catalog.find(townie.options().model || catalog.models?.default || '')?.local === true
  );
  const show = (): void => void chip.update();
  catalog.changed.connect(show);
  townie.choices.changed.connect(show);
  townie.currentChanged.connect(show);
  return chip;
}
