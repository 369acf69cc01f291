import { OpenNotebooks } from '../notebooks/openNotebooks';
import { TownieApi } from '../threads/api';
import { ITownie } from '../threads/tokens';

/**
 * Brings back what waits for a decision in a notebook, whichever thread it belongs to, when the notebook is opened.
 */
export function followPending(notebooks: OpenNotebooks, townie: ITownie, api: TownieApi): void {
  const asked = new Set<string>();
  const ask = () => {
    for (const panel of notebooks.panels) {
      const path = panel.context.localPath;
      if (asked.has(panel.id)) {
        continue;
      }
      asked.add(panel.id);
      panel.disposed.connect(() => asked.delete(panel.id));
      void api
        .actions(path)
        .then(actions =>
          Promise.all(
            Array.from(new Set(actions.map(action => action.thread)), id => townie.open(id))
          )
        )
        .catch(reason => console.warn(`Pending changes of ${path} could not be read`, reason));
    }
  };
  notebooks.changed.connect(ask);
  ask();
}
