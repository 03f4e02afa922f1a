/** What a program sends away while it runs: text, perf and ring records, packets. Collected per run by the runner. */

/** One bpf_perf_event_output record. */
export interface PerfRecord {
  readonly map: string;
  readonly cpu: number;
  readonly data: Uint8Array;
}

/** One committed ring buffer record. */
export interface RingRecord {
  readonly map: string;
  readonly data: Uint8Array;
}

/** A packet that left the program by itself, not as its verdict's output. */
export interface TransmittedPacket {
  /** 'clone_redirect', 'XDP_TX', ... */
  readonly by: string;
  readonly ifindex: number;
  readonly direction: 'egress' | 'ingress';
  readonly data: Uint8Array;
}

/** Where bpf_redirect and its kin want the packet to go. */
export interface RedirectTarget {
  /** Name of the helper. */
  readonly by: string;
  readonly ifindex?: number;
  readonly map?: string;
  readonly key?: number;
  readonly flags: number;
}

/** Grows while programs run; `take` empties it. Arrays are replaced, never cleared in place, so results stay valid. */
export class EventLog {
  printk: string[] = [];
  perf: PerfRecord[] = [];
  ring: RingRecord[] = [];
  transmitted: TransmittedPacket[] = [];
  redirect: RedirectTarget | undefined;

  get empty(): boolean {
    return (
      this.printk.length === 0 &&
      this.perf.length === 0 &&
      this.ring.length === 0 &&
      this.transmitted.length === 0 &&
      this.redirect === undefined
    );
  }

  take(): {
    printk: string[];
    perf: PerfRecord[];
    ring: RingRecord[];
    transmitted: TransmittedPacket[];
    redirect: RedirectTarget | undefined;
  } {
    const { printk, perf, ring, transmitted, redirect } = this;
    this.printk = [];
    this.perf = [];
    this.ring = [];
    this.transmitted = [];
    this.redirect = undefined;
    return { printk, perf, ring, transmitted, redirect };
  }
}
