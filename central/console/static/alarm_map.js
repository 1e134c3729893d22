// A shape drawn on the map: corner by corner, by finger, mouse or keyboard; the server says which areas it means and
// who else would sound. The tree beside it is the other way to the same end.

import { make, post, say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const STEP = 30;
const MARGIN = 0.08;

function shape(name, parts) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(parts)) made.setAttribute(key, value);
  return made;
}

class Draft {
  constructor(box) {
    this.box = box;
    this.points = [];
    this.lines = [];
    this.corners = [];
    this.cross = null;
    this.view = { x: 0, y: 0, scale: 1 };
    this.middle = 10;
    this.svg = shape("svg", { "aria-hidden": "true", focusable: "false" });
  }

  async load() {
    const answer = await fetch(this.box.dataset.points, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    const places = [...found.points.map((p) => [p[3], p[2]]), ...found.lines.flat()];
    if (!places.length) {
      this.box.replaceChildren(make("p", { class: "map-wait soft", text: say("Chưa có cụm loa nào có tọa độ: hãy chọn theo cây địa bàn.") }));
      return;
    }
    const lats = places.map((p) => p[1]);
    this.middle = lats.reduce((sum, lat) => sum + lat, 0) / lats.length;
    this.points = found.points.map((p) => this.plane(p[3], p[2]));
    this.lines = found.lines.map((line) => line.map(([lon, lat]) => this.plane(lon, lat)));
    this.box.replaceChildren(this.svg);
    this.whole();
    this.listen();
  }

  plane(lon, lat) {
    return [lon * Math.cos((this.middle * Math.PI) / 180), -lat];
  }

  /** Return the coordinates of a place on the plane. */
  earth([x, y]) {
    return { latitude_deg: -y, longitude_deg: x / Math.cos((this.middle * Math.PI) / 180) };
  }

  whole() {
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of [...this.points, ...this.lines.flat()]) {
      west = Math.min(west, x);
      east = Math.max(east, x);
      north = Math.min(north, y);
      south = Math.max(south, y);
    }
    const room = Math.max(east - west, south - north, 0.02) * MARGIN;
    const [wide, high] = [east - west + 2 * room, south - north + 2 * room];
    const scale = Math.min(this.box.clientWidth / wide, this.box.clientHeight / high);
    this.view = {
      scale,
      x: (this.box.clientWidth - (west + east) * scale) / 2,
      y: (this.box.clientHeight - (north + south) * scale) / 2,
    };
    this.draw();
  }

  at([x, y]) {
    return [x * this.view.scale + this.view.x, y * this.view.scale + this.view.y];
  }

  put(x, y) {
    this.corners.push([(x - this.view.x) / this.view.scale, (y - this.view.y) / this.view.scale]);
    this.draw();
  }

  zoom(factor) {
    const [x, y] = [this.box.clientWidth / 2, this.box.clientHeight / 2];
    const { view } = this;
    this.view = { scale: view.scale * factor, x: x - (x - view.x) * factor, y: y - (y - view.y) * factor };
    this.draw();
  }

  draw() {
    const path = (line, close) => line.map((p, n) => `${n ? "L" : "M"}${this.at(p).map((v) => v.toFixed(1)).join(" ")}`).join("") + close;
    this.svg.setAttribute("viewBox", `0 0 ${this.box.clientWidth} ${this.box.clientHeight}`);
    const parts = [shape("path", { class: "ground", d: this.lines.map((line) => path(line, "")).join("") })];
    for (const point of this.points) {
      const [cx, cy] = this.at(point);
      parts.push(shape("circle", { class: "draw-point", cx, cy, r: 4 }));
    }
    if (this.corners.length) {
      parts.push(shape("path", { class: "draw-shape", d: path(this.corners, this.corners.length > 2 ? "Z" : "") }));
      for (const corner of this.corners) {
        const [x, y] = this.at(corner);
        parts.push(shape("rect", { class: "draw-corner", x: x - 6, y: y - 6, width: 12, height: 12 }));
      }
    }
    if (this.cross) {
      const [x, y] = this.cross;
      parts.push(shape("path", { class: "draw-cross", d: `M${x - 12} ${y}H${x + 12}M${x} ${y - 12}V${y + 12}` }));
    }
    this.svg.replaceChildren(...parts);
  }

  listen() {
    this.box.addEventListener("pointerup", (event) => {
      const edge = this.box.getBoundingClientRect();
      this.cross = null;
      this.put(event.clientX - edge.left, event.clientY - edge.top);
    });
    this.box.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
      this.cross ??= [this.box.clientWidth / 2, this.box.clientHeight / 2];
      if (moves[event.key]) {
        const [x, y] = moves[event.key];
        this.cross = [this.cross[0] + x, this.cross[1] + y];
        this.draw();
      } else if (event.key === "Enter" || event.key === " ") this.put(...this.cross);
      else if (event.key === "+" || event.key === "=") this.zoom(1.4);
      else if (event.key === "-") this.zoom(1 / 1.4);
      else if (event.key === "0") this.whole();
      else if (event.key === "Backspace") this.back();
      else return;
      event.preventDefault();
    });
  }

  back() {
    this.corners.pop();
    this.draw();
  }

  clear() {
    this.corners = [];
    this.draw();
  }
}

/** Say in one sentence what a shape holds, and who sounds beside it. */
function inWords({ drawn, names }) {
  if (!drawn.inside) return say("Trong vùng vẽ không có cụm loa nào có tọa độ.");
  const parts = [say("Trong vùng vẽ có {n} cụm loa, thuộc: {names}.", { n: drawn.inside, names: names.join(", ") })];
  if (drawn.beside) parts.push(say("Thêm {n} cụm ở các địa bàn ấy nhưng ngoài vùng vẽ cũng sẽ kêu.", { n: drawn.beside }));
  if (drawn.unplaced) {
    parts.push(say("{n} cụm chưa có tọa độ nên bản đồ không thấy, trong đó {k} ở các địa bàn này.", { n: drawn.unplaced, k: drawn.unplaced_here }));
  }
  return parts.join(" ");
}

/** Let a person draw in the form's map; `take` is told the areas that a shape means. */
export function drawing(form, take) {
  const details = form.querySelector("[data-draw]");
  if (!details) return;
  const box = form.querySelector("#draw");
  const said = details.querySelector("[data-draw-said]");
  const draft = new Draft(box);
  const tell = (text, tone = "") => {
    said.hidden = !text;
    said.className = `notice ${tone}`;
    said.textContent = text;
  };
  details.addEventListener(
    "toggle",
    () => draft.load().catch(() => tell(say("Chưa vẽ được bản đồ. Tải lại trang để thử lại."), "bad")),
    { once: true },
  );
  details.querySelector("[data-draw-undo]").addEventListener("click", () => draft.back());
  details.querySelector("[data-draw-clear]").addEventListener("click", () => {
    draft.clear();
    tell("");
  });
  details.querySelector("[data-draw-take]").addEventListener("click", async () => {
    if (draft.corners.length < 3) {
      tell(say("Hãy đặt ít nhất ba góc."), "warn");
      return;
    }
    try {
      const found = await post(details.dataset.draw, { corners: draft.corners.map((corner) => draft.earth(corner)) });
      take(found.drawn.areas);
      tell(inWords(found), found.drawn.inside ? "ok" : "warn");
    } catch (error) {
      tell(error.message, "bad");
    }
  });
}
