// What is to happen, in order of time; equal times keep the order in which they were added, so that a run is the
// same on every machine. A binary heap. Owns no clock.

interface Entry<Task> {
  readonly due: number;
  readonly rank: number;
  readonly task: Task;
}

export class Agenda<Task> {
  private readonly heap: Entry<Task>[] = [];
  private rank = 0;

  get size(): number {
    return this.heap.length;
  }

  /** Infinity when nothing is planned. */
  nextDue(): number {
    return this.heap.length === 0 ? Infinity : this.heap[0].due;
  }

  add(due: number, task: Task): void {
    const heap = this.heap;
    const entry = { due, rank: this.rank, task };
    this.rank += 1;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!earlier(entry, heap[parent])) break;
      heap[index] = heap[parent];
      index = parent;
    }
    heap[index] = entry;
  }

  /** Removes and returns what is due first; undefined when nothing is planned. */
  take(): Task | undefined {
    const heap = this.heap;
    const last = heap.pop();
    if (last === undefined) return undefined;
    if (heap.length === 0) return last.task;
    const { task } = heap[0];
    this.sink(last);
    return task;
  }

  /** Everything planned, first due first. */
  list(): { due: number; task: Task }[] {
    return [...this.heap].sort((x, y) => (earlier(x, y) ? -1 : 1)).map(({ due, task }) => ({ due, task }));
  }

  clear(): void {
    this.heap.length = 0;
  }

  private sink(entry: Entry<Task>): void {
    const heap = this.heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1], heap[child])) child += 1;
      if (!earlier(heap[child], entry)) break;
      heap[index] = heap[child];
      index = child;
    }
    heap[index] = entry;
  }
}

function earlier<Task>(x: Entry<Task>, y: Entry<Task>): boolean {
  return x.due < y.due || (x.due === y.due && x.rank < y.rank);
}
