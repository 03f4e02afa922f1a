/** The network devices of the simulated machine's one network namespace: lo, and what the user adds. */
import { UsageError } from '../errors.ts';

export interface Device {
  readonly name: string;
  readonly ifindex: number;
  /** 6 bytes. */
  readonly mac: Uint8Array;
  readonly broadcast: Uint8Array;
  readonly mtu: number;
  /** Receive queues. */
  readonly queues: number;
  readonly up: boolean;
}

export const LOOPBACK_IFINDEX = 1;

const LOOPBACK: Device = {
  name: 'lo',
  ifindex: LOOPBACK_IFINDEX,
  // lo's broadcast address is all zero too, which decides a packet's pkt_type
  mac: new Uint8Array(6),
  broadcast: new Uint8Array(6),
  mtu: 65536,
  queues: 1,
  up: true,
};

export class DeviceTable {
  readonly #byIndex = new Map<number, Device>([[LOOPBACK_IFINDEX, LOOPBACK]]);

  /** Undefined where the kernel answers ENODEV. */
  find(ifindex: number): Device | undefined {
    return this.#byIndex.get(ifindex);
  }

  get loopback(): Device {
    return this.#byIndex.get(LOOPBACK_IFINDEX) ?? LOOPBACK;
  }

  /**
   * Adds a device, or replaces the one of that ifindex (lo: to take it down).
   * @throws {@link UsageError} An ifindex below 1, a MAC address that is not 6 bytes.
   */
  add(device: Partial<Device> & { readonly name: string; readonly ifindex: number }): void {
    const { name, ifindex } = device;
    if (!Number.isInteger(ifindex) || ifindex < 1 || ifindex > 0x7fffffff)
      throw new UsageError('device', `'${name}': ifindex ${ifindex} is not 1 to 2^31 - 1`);
    const base = ifindex === LOOPBACK_IFINDEX ? LOOPBACK : ETHERNET;
    const added = { ...base, ...device };
    for (const address of [added.mac, added.broadcast]) {
      if (address.length !== 6)
        throw new UsageError(
          'device',
          `'${name}': an address of ${address.length} bytes, an Ethernet address has 6`,
        );
    }
    this.#byIndex.set(ifindex, added);
  }

  [Symbol.iterator](): IterableIterator<Device> {
    return this.#byIndex.values();
  }

  /** The devices there are, for `restore`. They are replaced, never changed. */
  save(): readonly Device[] {
    return [...this];
  }

  restore(devices: readonly Device[]): void {
    this.#byIndex.clear();
    for (const device of devices) this.#byIndex.set(device.ifindex, device);
  }
}

const ETHERNET: Omit<Device, 'name' | 'ifindex'> = {
  mac: new Uint8Array(6),
  broadcast: new Uint8Array(6).fill(0xff),
  mtu: 1500,
  queues: 1,
  up: true,
};
