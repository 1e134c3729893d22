// The microphone's sound as the appliance takes it: 16 kHz, 16 bit, one channel, 40 ms a frame.
// Low-pass first (a windowed sinc), or what lies above 8 kHz would come back as noise.
const RATE = 16_000;
const FRAME = 640;
const TAPS = 48;
const CUTOFF = 7_000;

function lowPass() {
  const taps = new Float32Array(TAPS);
  let sum = 0;
  for (let n = 0; n < TAPS; n += 1) {
    const at = n - (TAPS - 1) / 2;
    const wave = Math.sin((2 * Math.PI * CUTOFF * at) / sampleRate) / (Math.PI * at);
    const window = 0.54 - 0.46 * Math.cos((2 * Math.PI * n) / (TAPS - 1));
    taps[n] = wave * window;
    sum += taps[n];
  }
  return taps.map((tap) => tap / sum);
}

class Downsampler extends AudioWorkletProcessor {
  constructor() {
    super();
    this.taps = lowPass();
    this.past = new Float32Array(TAPS);
    this.step = sampleRate / RATE;
    this.next = 0; // where in the coming block the next sample lies
    this.last = 0;
    this.frame = new Int16Array(FRAME);
    this.count = 0;
    this.square = 0;
  }

  filtered(block, at) {
    let sum = 0;
    for (let n = 0; n < TAPS; n += 1) {
      const from = at - n;
      sum += this.taps[n] * (from >= 0 ? block[from] : this.past[TAPS + from]);
    }
    return sum;
  }

  push(value) {
    const cut = Math.max(-1, Math.min(1, value));
    this.square += cut * cut;
    this.frame[this.count] = Math.round(cut * 32_767);
    this.count += 1;
    if (this.count < FRAME) return;
    const level = Math.sqrt(this.square / FRAME);
    const frame = this.frame;
    this.frame = new Int16Array(FRAME);
    this.count = 0;
    this.square = 0;
    this.port.postMessage({ frame: frame.buffer, level }, [frame.buffer]);
  }

  process(inputs) {
    const block = inputs[0][0];
    if (!block) return true;
    while (this.next < block.length) {
      const low = Math.floor(this.next);
      const share = this.next - low;
      const here = this.filtered(block, low);
      const before = low > 0 ? this.filtered(block, low - 1) : this.last;
      this.push(before + (here - before) * share);
      this.next += this.step;
    }
    this.last = this.filtered(block, block.length - 1);
    this.next -= block.length;
    this.past.set(block.subarray(block.length - TAPS));
    return true;
  }
}

registerProcessor("downsampler", Downsampler);
