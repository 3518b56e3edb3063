/** A person's world for one test file: a server, the wire to it, devices. */
import { Device, type Look } from "./device.ts";
import type { App } from "./app.ts";
import { requireProducts } from "./places.ts";
import { Server } from "./server.ts";
import { Wire } from "./wire.ts";

export class World {
  readonly #devices: Device[] = [];

  private constructor(
    readonly server: Server,
    readonly wire: Wire,
    readonly passphrase: string,
  ) {}

  /** A new server that nobody has signed in to. */
  static async open(passphrase: string): Promise<World> {
    requireProducts();
    const wire = await Wire.open();
    const server = await Server.start({ publicUrl: wire.origin });
    wire.lead(server.port);
    return new World(server, wire, passphrase);
  }

  get origin(): string {
    return this.wire.origin;
  }

  /** A browser that has never been here. */
  async newDevice(look?: Look): Promise<Device> {
    const device = await Device.create(look);
    this.#devices.push(device);
    return device;
  }

  /** The owner's first device, signed in with the printed link, vault made. */
  async firstDevice(look?: Look): Promise<{ device: Device; app: App }> {
    const device = await this.newDevice(look);
    const app = await device.open(this.server.link);
    await app.createVault(this.passphrase);
    return { device, app };
  }

  /** One more device of the owner, signed in and unlocked. */
  async anotherDevice(link: string): Promise<{ device: Device; app: App }> {
    const device = await this.newDevice();
    const app = await device.open(link);
    await app.unlock(this.passphrase);
    return { device, app };
  }

  /** Ends everything. Safe to call when the opening failed half-way. */
  async close(): Promise<void> {
    for (const device of this.#devices) await device.remove();
    await this.wire.close();
    await this.server.remove();
  }
}
