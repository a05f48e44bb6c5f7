/** The chain on disk: seals records, appends them to the current segment, rotates, syncs in groups. */
import { AppendFile } from "./append-file.ts";
import { seal } from "./chain.ts";
import type { Link } from "./chain.ts";
import { groupCommit } from "./group-commit.ts";
import { segmentAt } from "./segments.ts";
import type { Segment } from "./segments.ts";

export class Journal {
  /** Resolves once everything appended before the call is on disk. After one failure it always rejects. */
  readonly commit: () => Promise<void>;

  readonly #dir: string;
  readonly #segmentBytes: number;
  #link: Link;
  #segment: AppendFile | undefined;
  /** Full segments that still need their last sync. */
  #retired: AppendFile[] = [];
  #syncFailure: unknown;
  #records = 0;
  #writes = 0;
  #syncs = 0;

  /** Continues after `link`, in `segment` or, without one, in a new one once `rotate` is called. */
  constructor(options: { dir: string; segmentBytes: number; link: Link; segment: Segment | undefined }) {
    this.#dir = options.dir;
    this.#segmentBytes = options.segmentBytes;
    this.#link = options.link;
    this.#segment = options.segment && new AppendFile(options.segment.path);
    this.commit = groupCommit(() => this.#sync());
  }

  /** The last record's link. */
  get link(): Link {
    return this.#link;
  }

  /** Whether a new segment should be started before the next append. */
  get wantsRotation(): boolean {
    return this.#segment === undefined || this.#segment.size >= this.#segmentBytes;
  }

  get dirty(): boolean {
    return this.#retired.length > 0 || this.#segment?.dirty === true;
  }

  get stats(): { records: number; writes: number; syncs: number } {
    return { records: this.#records, writes: this.#writes, syncs: this.#syncs };
  }

  /** Whether the current segment is still in place and of the expected length. */
  intact(): boolean {
    return this.#segment === undefined || this.#segment.intact();
  }

  /**
   * Appends records, given as JSON fields, in one write. Returns the lines. If it throws the system's error, file and
   * chain are unchanged.
   */
  append(records: string[]): string {
    if (!this.#segment) throw new Error("no segment has begun");
    return this.#appendTo(this.#segment, records);
  }

  /**
   * Starts a new segment with `head` as its first record. If it throws the system's error, the old one stays in use.
   */
  rotate(head: string): void {
    const next = new AppendFile(segmentAt(this.#dir, this.#link.seq + 1).path);
    try {
      this.#appendTo(next, [head]);
    } catch (error) {
      next.discard();
      throw error;
    }
    if (this.#segment) this.#retired.push(this.#segment);
    this.#segment = next;
  }

  close(): void {
    for (const segment of this.#retired) segment.close();
    this.#segment?.close();
  }

  #appendTo(segment: AppendFile, records: string[]): string {
    let link = this.#link;
    let lines = "";
    for (const fields of records) {
      const sealed = seal(link, fields);
      lines += sealed.line;
      link = sealed.link;
    }
    segment.append(lines);
    this.#link = link;
    this.#records += records.length;
    this.#writes += 1;
    return lines;
  }

  /** A failed fdatasync may have dropped unwritten pages: a later success would prove nothing. */
  async #sync(): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    const retired = this.#retired;
    this.#retired = [];
    try {
      for (const segment of retired) {
        await segment.sync();
        segment.close();
      }
      this.#syncs += 1;
      await this.#segment?.sync();
    } catch (error) {
      this.#syncFailure = error;
      throw error;
    }
  }
}
