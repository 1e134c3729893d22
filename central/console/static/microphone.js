// The microphone's samples, in lumps of 20 ms, from the sound thread to the page.

class Lumps extends AudioWorkletProcessor {
  constructor() {
    super();
    this.size = Math.round(sampleRate / 50);
    this.lump = new Float32Array(this.size);
    this.filled = 0;
  }

  process([[samples]]) {
    for (const sample of samples ?? []) {
      this.lump[this.filled++] = sample;
      if (this.filled === this.size) {
        this.port.postMessage(this.lump, [this.lump.buffer]);
        this.lump = new Float32Array(this.size);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("lumps", Lumps);
