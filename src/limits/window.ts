/** Counts of the last 60 seconds, by the second, so that the sum over any minute stays within the limit. */
const SLOTS = 60;

export class MinuteWindow {
  readonly #slots = new Float64Array(SLOTS);
  #second = 0;
  #sum = 0;
  /** The last second in which anything was counted. */
  #latest = 0;

  /** The sum of the 60 seconds that end with this one. */
  sum(second: number): number {
    this.#advance(second);
    return this.#sum;
  }

  /** Adds to the second in which it was counted; ignored once that is a minute old. */
  add(value: number, counted: number, now: number): void {
    this.#advance(now);
    if (counted <= now - SLOTS) return;
    const slot = counted % SLOTS;
    this.#slots[slot] = (this.#slots[slot] ?? 0) + value;
    this.#sum += value;
    if (counted > this.#latest) this.#latest = counted;
  }

  /** Seconds until the count is zero; 0 if it is. */
  secondsUntilEmpty(now: number): number {
    return this.sum(now) > 0 ? this.#latest + SLOTS - now : 0;
  }

  /** Seconds until at most `room` is counted; undefined if waiting never helps. */
  secondsUntil(room: number, now: number): number | undefined {
    this.#advance(now);
    let sum = this.#sum;
    for (let wait = 1; wait <= SLOTS; wait++) {
      sum -= this.#slots[(now + wait) % SLOTS] ?? 0;
      if (sum <= room) return wait;
    }
    return undefined;
  }

  #advance(second: number): void {
    if (second <= this.#second) return;
    if (second - this.#second >= SLOTS) {
      this.#slots.fill(0);
      this.#sum = 0;
    } else {
      for (let passed = this.#second + 1; passed <= second; passed++) {
        const slot = passed % SLOTS;
        this.#sum -= this.#slots[slot] ?? 0;
        this.#slots[slot] = 0;
      }
    }
    this.#second = second;
  }
}
