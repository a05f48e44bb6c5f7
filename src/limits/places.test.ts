/** Places for calls: a fixed number, the rest wait in turn, and no place is lost or assigned twice. */
import { EventEmitter } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { createPlaces } from "./places.ts";

const caller = () => new EventEmitter();

describe("places (F6)", () => {
  it("pass to waiting calls in the order they arrived", async () => {
    const places = createPlaces(1, 10, systemClock);
    expect(places.take(caller())).toBe(true);
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (name) => {
      if (await places.take(caller())) order.push(name);
      places.give();
    });
    expect(places.waiting).toBe(3);
    places.give();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
    expect([places.taken, places.waiting]).toEqual([0, 0]);
  });

  it("are refused immediately when the queue is full", async () => {
    const places = createPlaces(1, 1, systemClock);
    void places.take(caller());
    const second = places.take(caller());
    expect(places.take(caller())).toBe(false);
    places.give();
    expect(await second).toBe(true);
  });

  it("are not kept for a caller that has left, whose turn in the queue becomes free", async () => {
    const places = createPlaces(1, 1, systemClock);
    void places.take(caller());
    const leaving = caller();
    const second = places.take(leaving);
    leaving.emit("close");
    expect(await second).toBe(false);
    expect(leaving.listenerCount("close")).toBe(0);
    const third = places.take(caller());
    places.give();
    expect(await third).toBe(true);
    places.give();
    expect(places.taken).toBe(0);
  });

  it("are refused to all waiting calls once the process ends, which waits for the taken ones", async () => {
    const places = createPlaces(1, 5, systemClock);
    void places.take(caller());
    const waiting = [1, 2].map(async () => places.take(caller()));
    const idle = places.idle();
    expect(await Promise.all(waiting)).toEqual([false, false]);
    places.give();
    await idle;
    expect(places.taken).toBe(0);
  });

  it("are never taken by more calls than there are places, for any events in any order", async () => {
    const step = fc.constantFrom("take", "give", "leave");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const places = createPlaces(3, 4, systemClock);
        const queue: { leaver: EventEmitter; got: Promise<boolean> }[] = [];
        let holding = 0;
        let lost = 0;
        for (const each of steps) {
          if (each === "take") {
            const leaver = caller();
            const got = places.take(leaver);
            if (got === true) holding++;
            else if (got !== false) queue.push({ leaver, got });
          } else if (each === "give" && holding > 0) {
            places.give();
            const next = queue.shift();
            if (next) lost += Number(!(await next.got));
            else holding--;
          } else if (each === "leave") queue.pop()?.leaver.emit("close");
          expect([places.taken, places.waiting]).toEqual([holding, queue.length]);
        }
        const idle = places.idle();
        for (; holding > 0; holding--) places.give();
        await idle;
        expect(lost).toBe(0);
      }),
    );
  });
});
