// What each account owns. A trade moves base and quote between two accounts and fees to the Venue's own, so that
// the sum over all accounts of each currency never changes. Owns the amounts; decides nothing.

/** Account numbers. The client is the one whose Orders come over the link. */
export const CLIENT = 0;
export const MAKERS = 1;
export const TAKERS = 2;
export const FEES = 3;
const ACCOUNTS = 4;

export interface AccountsState {
  /** Per currency symbol, the total of each account. */
  readonly totals: Readonly<Record<string, readonly string[]>>;
  /** Per instrument symbol, the client's net quantity since the account was opened. */
  readonly positions: Readonly<Record<string, number>>;
}

export class Accounts {
  private readonly totals = new Map<string, bigint[]>();
  private readonly reserved = new Map<string, bigint>();
  private readonly positions = new Map<string, number>();

  /** Opens the currency with what the client owns of it; keeps it as it is when already open. */
  open(currency: string, client: bigint): void {
    if (this.totals.has(currency)) return;
    const totals = new Array<bigint>(ACCOUNTS).fill(0n);
    totals[CLIENT] = client;
    this.totals.set(currency, totals);
  }

  has(currency: string): boolean {
    return this.totals.has(currency);
  }

  total(currency: string, account: number): bigint {
    return this.totals.get(currency)?.[account] ?? 0n;
  }

  /** Of the client: total less what open orders have set aside. */
  available(currency: string): bigint {
    return this.total(currency, CLIENT) - (this.reserved.get(currency) ?? 0n);
  }

  position(symbol: string): number {
    return this.positions.get(symbol) ?? 0;
  }

  move(currency: string, from: number, to: number, amount: bigint): void {
    const totals = this.totals.get(currency);
    if (totals === undefined) return;
    totals[from] -= amount;
    totals[to] += amount;
  }

  /** Changes what the client's open orders set aside. */
  reserve(currency: string, change: bigint): void {
    this.reserved.set(currency, (this.reserved.get(currency) ?? 0n) + change);
  }

  movePosition(symbol: string, change: number): void {
    this.positions.set(symbol, this.position(symbol) + change);
  }

  /** Over all accounts: constant whatever happens. */
  sum(currency: string): bigint {
    return (this.totals.get(currency) ?? []).reduce((sum, amount) => sum + amount, 0n);
  }

  save(): AccountsState {
    const totals: Record<string, string[]> = {};
    for (const [currency, amounts] of this.totals) totals[currency] = amounts.map(String);
    return { totals, positions: Object.fromEntries(this.positions) };
  }

  /** Reservations are not part of the state: restoring the open orders makes them again. */
  restore(state: AccountsState): void {
    this.totals.clear();
    this.reserved.clear();
    this.positions.clear();
    for (const [currency, amounts] of Object.entries(state.totals)) this.totals.set(currency, amounts.map(BigInt));
    for (const [symbol, quantity] of Object.entries(state.positions)) this.positions.set(symbol, quantity);
  }
}
