// What the event stream's server side and its worker share. Types only.

export type StreamFormat = 'text' | 'json';

/** Plain data, passed as workerData. */
export interface StreamStart {
  readonly journalPath: string;
  /** First position to show. */
  readonly from: number;
  readonly format: StreamFormat;
  /** Between looks at the journal once its end is reached. */
  readonly pollIntervalMs: number;
  /** A chunk is posted when it holds this much, or when the journal's end is reached. */
  readonly chunkCharacters: number;
}

/** Worker → server. After `ended` the worker is gone. */
export type FromStreamWorker =
  | { readonly type: 'open' }
  | { readonly type: 'lines'; readonly text: string }
  | { readonly type: 'ended'; readonly message: string };

/** Server → worker: one more chunk may be posted. */
export type ToStreamWorker = 'more';
