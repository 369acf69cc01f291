import { IDisposable } from '@lumino/disposable';
import { TranslationBundle } from '@jupyterlab/translation';
import { h } from '../threads/dom';
import { IChatSlot } from '../threads/slot';
import { ITownie } from '../threads/tokens';
import { FailureCard } from './failureCard';
import { AppModel } from './model';
import { missingSecrets } from './cover';
import { InstallNews } from './packages';
import { askFor, installFor, workOn } from './repairs';
import { SecretCard } from './secretCard';
import { IApps } from './tokens';

export interface IChatCardsOptions {
  apps: IApps;
  townie: ITownie;
  slot: IChatSlot;
  trans: TranslationBundle;
  show(app: AppModel): void;
  openFile(path: string): void;
}

/** In the chat, one quiet card for each app in this page that has errors. */
export class ChatCards implements IDisposable {
  constructor(private _options: IChatCardsOptions) {
    const { apps, townie, slot } = _options;
    this._node = h('div', { class: 'jp-TownieApp-chatCards', townie: 'app-chat-cards' });
    this._place = slot.add(this._node);
    apps.changed.connect(this._update, this);
    townie.changed.connect(this._threadChanged, this);
    this._update();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._options.apps.changed.disconnect(this._update, this);
      this._options.townie.changed.disconnect(this._threadChanged, this);
      this._place.dispose();
    }
  }

  private _threadChanged(_: unknown, { change }: { change: { kind: string } }): void {
    if (['turn', 'action', 'gone'].includes(change.kind)) {
      this._update();
    }
  }

  private _update(): void {
    const { apps, townie } = this._options;
    const seen = new Set<string>();
    for (const app of apps.followed) {
      seen.add(app.id);
      // What the chat itself tells at this moment needs no card.
      const work = workOn(townie, app.info.path);
      const failures = work && work.thread === townie.current ? [] : app.failures;
      const elsewhere = work && work.thread !== townie.current;
      const state = elsewhere && (work.repairs || failures.length) ? work.state : 'none';
      const card = this._cards.get(app.id) ?? this._make(app);
      card.update(failures, state, app.info.packages);
      this._tell(app);
      (this._secrets.get(app.id) ?? this._makeSecrets(app)).update(
        app.info.title,
        // Whoever has the app before them is asked there.
        app.info.writing || app.isGone || app.inSight ? [] : missingSecrets(app.info)
      );
    }
    for (const id of this._news.keys()) {
      if (!seen.has(id)) {
        this._news.delete(id);
      }
    }
    for (const cards of [this._cards, this._secrets]) {
      for (const [id, card] of cards) {
        if (!seen.has(id)) {
          card.node.remove();
          cards.delete(id);
        }
      }
    }
  }

  private _tell(app: AppModel): void {
    const { townie, trans } = this._options;
    const news = this._news.get(app.id) ?? new InstallNews(trans);
    this._news.set(app.id, news);
    const told = news.next(app.info);
    // Who has the app before them sees it.
    if (told && !app.inSight) {
      townie.notify(told.problem, told.level);
    }
  }

  private _make(app: AppModel): FailureCard {
    const { apps, townie, trans, show, openFile } = this._options;
    const card = new FailureCard({
      trans,
      title: app.info.title,
      choose: choice => {
        if (choice === 'fix' || choice === 'explain') {
          void askFor(choice, app, townie, apps.api, trans);
        } else if (choice === 'install' || choice === 'halt') {
          void installFor(app, townie, apps.api, choice === 'install');
        } else if (choice === 'stop') {
          const work = workOn(townie, app.info.path);
          work?.thread.stop(work.turn.id);
        } else {
          show(app);
        }
      },
      folder: app.info.path,
      openFile
    });
    card.node.dataset.app = app.id;
    this._cards.set(app.id, card);
    this._node.append(card.node);
    return card;
  }

  private _makeSecrets(app: AppModel): SecretCard {
    const { apps, trans } = this._options;
    const card = new SecretCard(trans, secrets => apps.api.keepSecrets(app.id, secrets));
    card.node.dataset.app = app.id;
    this._secrets.set(app.id, card);
    this._node.append(card.node);
    return card;
  }

  private _node: HTMLElement;
  private _place: IDisposable;
  private _cards = new Map<string, FailureCard>();
  private _secrets = new Map<string, SecretCard>();
  private _news = new Map<string, InstallNews>();
  private _isDisposed = false;
}
