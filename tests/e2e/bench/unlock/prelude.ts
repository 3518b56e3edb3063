/**
 * Put in front of the vault worker's own script while it is measured: notes
 * what comes and goes, and tells it to whoever asks on the channel. Content is
 * not noted, only names and times.
 */
{
  const marks: { name: string; at: number }[] = [];
  const mark = (name: string): void => {
    marks.push({ name, at: performance.timeOrigin + performance.now() });
  };

  /** A prototype's method as it is, to be called later. */
  function own<T extends object, K extends keyof T>(prototype: T, name: K): T[K] {
    return Object.getOwnPropertyDescriptor(prototype, name)?.value as T[K];
  }

  self.addEventListener("message", ({ data }: MessageEvent<{ command?: { type: string } }>) => {
    if (data.command !== undefined) mark(`asked ${data.command.type}`);
  });

  const scope = self as unknown as { postMessage: (message: unknown) => void };
  const post = scope.postMessage.bind(self);
  scope.postMessage = (message) => {
    const { notice } = message as { notice?: { type: string } };
    mark(notice === undefined ? "answered" : `told ${notice.type}`);
    post(message);
  };

  const crypto = SubtleCrypto.prototype;
  const derive = own(crypto, "deriveBits");
  crypto.deriveBits = async function (...parameters) {
    mark("derives");
    try {
      return await derive.apply(this, parameters);
    } finally {
      mark("derived");
    }
  };

  const database = IDBDatabase.prototype;
  const transaction = own(database, "transaction");
  database.transaction = function (stores, mode, options) {
    const begun = transaction.call(this, stores, mode, options);
    const names = typeof stores === "string" ? stores : [...stores].join(" ");
    const name = `${mode ?? "readonly"} ${names}`;
    mark(`begins ${name}`);
    begun.addEventListener("complete", () => mark(`ended ${name}`));
    return begun;
  };

  const channel = new BroadcastChannel("bench");
  channel.addEventListener("message", ({ data }) => {
    if (data === "ask") channel.postMessage(marks.splice(0));
  });
}
