import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Identity } from "../directory/directory.ts";
import { createFlights, Flight } from "./flight.ts";

const identity = {} as Identity;

describe("the running calls", () => {
  it("are those that have started and not ended, in whatever order they end", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat())), (steps) => {
        const flights = createFlights();
        const running = new Set<Flight>();
        const ended: Flight[] = [];
        for (const [begins, which] of steps) {
          const one = [...running][which % Math.max(1, running.size)];
          if (begins || !one) {
            const flight = new Flight(identity, which);
            running.add(flight);
            flights.add(flight);
          } else {
            running.delete(one);
            flights.remove(one);
            ended.push(one);
          }
        }
        expect(flights.size).toBe(running.size);
        flights.cutAll("shutdown");
        expect([...running].every(({ cutReason }) => cutReason === "shutdown")).toBe(true);
        expect(ended.every(({ cutReason }) => cutReason === undefined)).toBe(true);
      }),
    );
  });

  it("are cut at their deadline", () => {
    const flights = createFlights();
    const [early, late] = [new Flight(identity, 10), new Flight(identity, 30)];
    flights.add(early);
    flights.add(late);
    flights.cutOverdue(20);
    expect([early.cutReason, late.cutReason]).toEqual(["timeout", undefined]);
  });
});
