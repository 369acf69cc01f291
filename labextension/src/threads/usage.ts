import { Usage } from '../protocol';

export interface ITotal {
  input: number;
  output: number;
  /** Dollars; null when no price is known. */
  cost: number | null;
}

/** Tokens that went in (cached ones included) and out, and what they cost together. */
export function total(usages: Iterable<Usage>): ITotal {
  const sum: ITotal = { input: 0, output: 0, cost: null };
  for (const usage of usages) {
    sum.input += (usage.input ?? 0) + (usage.cache_read ?? 0) + (usage.cache_write ?? 0);
    sum.output += usage.output ?? 0;
    if (usage.cost !== null && usage.cost !== undefined) {
      sum.cost = (sum.cost ?? 0) + usage.cost;
    }
  }
  return sum;
}

/** 950, 1.2k, 34k, 1.2M. */
export function count(tokens: number): string {
  if (tokens < 1_000) {
    return String(tokens);
  }
  const [value, unit] = tokens < 999_500 ? [tokens / 1_000, 'k'] : [tokens / 1_000_000, 'M'];
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)}${unit}`;
}

/** Dollars with as many digits as say something: $0.0031, $0.42, $12.30. */
export function dollars(cost: number): string {
  if (cost === 0) {
    return '$0';
  }
  if (cost < 0.0001) {
    return '<$0.0001';
  }
  return `$${cost < 0.1 ? cost.toFixed(4).replace(/0+$/, '') : cost.toFixed(2)}`;
}

/** <0.01 s, 0.8 s, 12 s, 2 min 5 s. */
export function duration(seconds: number): string {
  if (seconds < 0.01) {
    return '<0.01 s';
  }
  if (seconds < 10) {
    return `${seconds < 0.05 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
