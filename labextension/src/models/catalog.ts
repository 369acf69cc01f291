import { ISignal, Signal } from '@lumino/signaling';
import { ModelInfo, Models } from '../protocol';
import { TownieApi } from '../threads/api';

/** The models that can be picked, read when first wanted and again after a key has changed. */
export class ModelCatalog {
  constructor(private _api: TownieApi) {}

  get models(): Models | null {
    return this._models;
  }

  get changed(): ISignal<ModelCatalog, void> {
    return this._changed;
  }

  /** Whether only the offline model can answer. */
  get onlyOffline(): boolean {
    const models = this._models?.models;
    return (
      models !== undefined && !models.some(model => model.ready !== false && !isOffline(model))
    );
  }

  find(id: string): ModelInfo | undefined {
    return this._models?.models.find(model => model.id === id);
  }

  /** Read the models again, but wait for it no longer than `patience` milliseconds. */
  async refreshed(patience: number): Promise<void> {
    const enough = new Promise<void>(resolve => setTimeout(resolve, patience));
    await Promise.race([this.refresh().catch(() => undefined), enough]);
  }

  async refresh(): Promise<void> {
    this._models = await this._api.models();
    this._changed.emit();
  }

  private _models: Models | null = null;
  private _changed = new Signal<ModelCatalog, void>(this);
}

export function isOffline(model: ModelInfo): boolean {
  return model.provider === 'offline';
}

export function isOfflineId(id: string): boolean {
  return id.startsWith('offline/');
}
