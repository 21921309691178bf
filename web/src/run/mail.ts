import type { ClientMessage, MessageOf } from "./protocol";

/** A server takes in no more before it answers. */
const KEPT = 8;

/** Counts what goes through the sockets of one session, so that nothing is lost and nothing comes twice. */
export class Mail {
  #sent = 0;
  #unheard: ClientMessage[] = [];
  #received = 0;
  #repeated = 0;

  /** Another session begins. */
  begin(): void {
    this.#sent = 0;
    this.#unheard = [];
    this.#received = 0;
    this.#repeated = 0;
  }

  /** The number of the last frame; null while what came before is still being told. */
  get received(): number | null {
    return this.#repeated > 0 ? null : this.#received;
  }

  /** Whether what comes tells of what was before. */
  get repeating(): boolean {
    return this.#repeated > 0;
  }

  send(message: ClientMessage): void {
    this.#sent += 1;
    this.#unheard = [...this.#unheard, message].slice(-KEPT);
  }

  receive(): void {
    if (this.#repeated > 0) this.#repeated -= 1;
    else this.#received += 1;
  }

  /** Another socket goes on with the session. Gives what the server has not heard. */
  attached({ messages, frames, repeated }: MessageOf<"attached">): readonly ClientMessage[] {
    this.#received = frames;
    this.#repeated = repeated;
    // A page that was loaded anew has said nothing yet.
    this.#sent = Math.max(this.#sent, messages);
    const lost = Math.min(this.#sent - messages, this.#unheard.length);
    return lost > 0 ? this.#unheard.slice(-lost) : [];
  }
}
