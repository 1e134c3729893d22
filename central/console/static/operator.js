// The operator's voice: from samples to Opus, from Opus to signed pieces, from pieces to central. Law: nothing is
// skipped and nothing is sent that this page's own key has not signed; the key is made for one warning, cannot be
// exported, and is gone with the page. What a broken line keeps back is sent when it is there again.

import { pae } from "./keys.js";
import { csrf, Failure, say, toBase64 } from "./words.js";

export const RATE = 48000;
const PACKETS = 15; // of 20 ms: a piece is 300 ms
const MOST_AT_ONCE = 100;
const AGAIN_MS = 1000;
const TYPE = "application/vnd.tienglang.voice.v1";
const OPUS = { codec: "opus", sampleRate: RATE, numberOfChannels: 1, bitrate: 24000, opus: { frameDuration: 20000 } };
const ENCODED_BY_FRAME = 20000;

/** Return whether this browser can do it: a secure page, the encoder and the sound thread. */
export async function able() {
  if (!window.isSecureContext || !window.AudioEncoder || !window.AudioWorkletNode) return false;
  return AudioEncoder.isConfigSupported(OPUS).then((found) => found.supported, () => false);
}

/** Return a new key for one voice: {sign, publicKey}. */
export async function newVoice() {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { key: pair.privateKey, publicKey: toBase64(raw) };
}

/** A microphone that is open: `onLump` is called with every 20 ms of samples. */
export class Microphone {
  static async open() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: false, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      });
    } catch {
      throw new Failure(say("Không mở được micrô. Cho phép trang này dùng micrô rồi thử lại, hoặc chọn “Tệp có sẵn”."));
    }
    const context = new AudioContext({ sampleRate: RATE });
    await context.resume();
    await context.audioWorklet.addModule("/console/static/microphone.js");
    return new Microphone(stream, context);
  }

  constructor(stream, context) {
    this.stream = stream;
    this.context = context;
    this.onLump = () => {};
    this.node = new AudioWorkletNode(context, "lumps", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    this.node.port.onmessage = ({ data }) => this.onLump(data);
    this.source = context.createMediaStreamSource(stream);
    this.source.connect(this.node);
  }

  close() {
    this.onLump = () => {};
    this.source.disconnect();
    for (const track of this.stream.getTracks()) track.stop();
    this.context.close();
  }
}

/** Return 0 to 100 for how loud a lump is. */
export function levelOf(lump) {
  let peak = 0;
  for (const sample of lump) peak = Math.max(peak, Math.abs(sample));
  return Math.max(0, Math.min(100, 100 + (20 * Math.log10(peak + 1e-6) * 100) / 60));
}

const number = (value, bytes) => Array.from({ length: bytes }, (_, at) => (value >>> (8 * (bytes - 1 - at))) & 255);

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One voice on its way: `speak` lumps into it, `end` it; `onTold` hears central's answers, `onTrouble` a sentence. */
export class Operator {
  constructor(voice, announcement, url) {
    this.voice = voice;
    this.announcement = announcement;
    this.url = url;
    this.onTold = () => {};
    this.onTrouble = () => {};
    this.spoken = 0; // lumps
    this.packets = [];
    this.before = new Uint8Array(32);
    this.count = 0;
    this.waiting = [];
    this.signing = Promise.resolve();
    this.sending = null;
    this.failed = null;
    this.encoder = new AudioEncoder({
      output: (chunk) => this.packet(chunk),
      error: (fault) => this.fail(say("Không mã hóa được tiếng: {why}", { why: fault.message })),
    });
    this.encoder.configure(OPUS);
  }

  speak(lump) {
    const timestamp = this.spoken * ENCODED_BY_FRAME;
    const data = new AudioData({ format: "f32-planar", sampleRate: RATE, numberOfFrames: lump.length, numberOfChannels: 1, timestamp, data: lump });
    this.encoder.encode(data);
    data.close();
    this.spoken += 1;
  }

  packet(chunk) {
    const packet = new Uint8Array(chunk.byteLength);
    chunk.copyTo(packet);
    this.packets.push(packet);
    if (this.packets.length >= PACKETS) this.cut(false);
  }

  /** End the voice; resolves when central has all of it, rejects with a Failure where that cannot be. */
  async end() {
    await this.encoder.flush();
    this.encoder.close();
    this.cut(true);
    await this.signing;
    while (this.sending) await this.sending;
    if (this.failed) throw this.failed;
  }

  cut(last) {
    const packets = this.packets.splice(0);
    this.signing = this.signing.then(() => this.sign(packets, last)).catch((fault) => this.fail(fault.message));
  }

  async sign(packets, last) {
    const name = new TextEncoder().encode(this.announcement);
    const body = joined([
      new TextEncoder().encode("TLV1"),
      number(name.length, 1),
      name,
      number(this.count, 4),
      number(last ? 1 : 0, 1),
      this.before,
      number(packets.length, 1),
      ...packets.flatMap((packet) => [number(packet.length, 2), packet]),
    ]);
    const signature = new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, this.voice.key, pae(TYPE, body)));
    const piece = joined([body, signature]);
    this.before = new Uint8Array(await crypto.subtle.digest("SHA-256", piece));
    this.count += 1;
    this.waiting.push(piece);
    this.sending ??= this.send().finally(() => {
      this.sending = null;
    });
  }

  async send() {
    while (this.waiting.length && !this.failed) {
      const some = this.waiting.slice(0, MOST_AT_ONCE);
      const parcel = joined(some.flatMap((piece) => [number(piece.length, 2), piece]));
      const answer = await this.post(parcel);
      if (answer === null) {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        continue;
      }
      this.waiting.splice(0, some.length);
      this.onTold(answer);
    }
  }

  /** Return central's answer, null where it could not be reached. */
  async post(parcel) {
    let answer;
    try {
      answer = await fetch(this.url, {
        method: "POST",
        headers: { "X-CSRF-Token": csrf(), Accept: "application/json", "Content-Type": "application/octet-stream" },
        body: parcel,
        credentials: "same-origin",
      });
    } catch {
      answer = null;
    }
    if (answer === null || answer.status >= 500) {
      this.onTrouble(say("Mất kết nối với máy chủ, đang nối lại. Lời bạn nói vẫn được giữ và gửi sau."));
      return null;
    }
    const value = await answer.json().catch(() => ({}));
    if (answer.ok) {
      this.onTrouble("");
      return value;
    }
    this.fail(value.why || say("Máy chủ trả lời lỗi {code}. Thử lại sau ít phút.", { code: answer.status }));
    return null;
  }

  fail(why) {
    this.failed ??= new Failure(why);
    this.onTrouble(this.failed.message);
  }
}
