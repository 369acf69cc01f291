import type { IEditorTracker } from '@jupyterlab/fileeditor';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { OpenNotebooks } from '../notebooks/openNotebooks';
import { TownieApi } from '../threads/api';
import { ITownie } from '../threads/tokens';

/**
 * Brings back what waits for a decision in a notebook or file, whichever thread it belongs to, when the document is
 * opened.
 */
export function followPending(
  notebooks: OpenNotebooks,
  editors: IEditorTracker | null,
  townie: ITownie,
  api: TownieApi
): void {
  const asked = new Set<string>();
  const ask = (widget: IDocumentWidget) => {
    if (asked.has(widget.id)) {
      return;
    }
    asked.add(widget.id);
    widget.disposed.connect(() => asked.delete(widget.id));
    const path = widget.context.localPath;
    void api
      .actions(path)
      .then(actions =>
        Promise.all(
          Array.from(new Set(actions.map(action => action.thread)), id => townie.open(id))
        )
      )
      .catch(reason => console.warn(`Pending changes of ${path} could not be read`, reason));
  };
  notebooks.changed.connect(() => notebooks.panels.forEach(ask));
  notebooks.panels.forEach(ask);
  editors?.widgetAdded.connect((_, widget) => ask(widget));
  editors?.forEach(ask);
}
