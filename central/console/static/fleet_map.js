// The map: points on the operator's own outline, gathered into clusters that open as one comes nearer.
// Everything on it is also a link in the list beside it; state is a shape before it is a colour.

import { say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const WORST = ["bad", "warn", "off", "air", "ok"];
const CELL = 44;
const MOST_LISTED = 150;
const MARGIN = 0.06;

const box = document.getElementById("map");
const list = document.getElementById("map-list");
const count = document.getElementById("map-count");
const none = document.getElementById("map-none");

const SHAPES = {
  ok: (g) => g.append(shape("circle", { r: 6 })),
  air: (g) => g.append(shape("circle", { r: 4 }), shape("circle", { r: 8, class: "ring" })),
  warn: (g) => g.append(shape("path", { d: "M0-8 8 6H-8z" })),
  bad: (g) => g.append(shape("path", { d: "M-7-7H7V7H-7z" }), shape("path", { d: "m-3.5-3.5 7 7m0-7-7 7", class: "cut" })),
  off: (g) => g.append(shape("path", { d: "M0-8 8 0 0 8-8 0z", class: "ring" })),
};

let points = [];
let lines = [];
let bounds = [0, 0, 1, 1];
let view = { x: 0, y: 0, scale: 1 };
let svg;
let drawn = 0;

function shape(name, parts) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(parts)) made.setAttribute(key, value);
  return made;
}

/** Degrees to a plane that keeps shapes true enough for one province. */
function plane(latitude, longitude, middle) {
  return [longitude * Math.cos((middle * Math.PI) / 180), -latitude];
}

function read(found) {
  const latitudes = found.points.map((p) => p[2]).concat(...found.lines.map((l) => l.map((p) => p[1])));
  const middle = latitudes.length ? (Math.min(...some(latitudes)) + Math.max(...some(latitudes))) / 2 : 0;
  points = found.points.map(([id, name, lat, lon, tone]) => {
    const [x, y] = plane(lat, lon, middle);
    return { id, name, tone, x, y };
  });
  lines = found.lines.map((line) => line.map(([lon, lat]) => plane(lat, lon, middle)));
  const all = points.map((p) => [p.x, p.y]).concat(...lines);
  if (!all.length) return;
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of all) {
    west = Math.min(west, x);
    east = Math.max(east, x);
    north = Math.min(north, y);
    south = Math.max(south, y);
  }
  const room = Math.max(east - west, south - north, 0.002) * MARGIN;
  bounds = [west - room, north - room, east + room, south + room];
}

/** Return the smallest and the largest: spreading tens of thousands of arguments would overflow the stack. */
function some(values) {
  let [low, high] = [values[0], values[0]];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function whole() {
  const [west, north, east, south] = bounds;
  const scale = Math.min(box.clientWidth / (east - west), box.clientHeight / (south - north));
  view = {
    scale,
    x: (box.clientWidth - (west + east) * scale) / 2,
    y: (box.clientHeight - (north + south) * scale) / 2,
  };
  draw();
}

function at(point) {
  return [point.x * view.scale + view.x, point.y * view.scale + view.y];
}

function gathered() {
  const cells = new Map();
  for (const point of points) {
    const [x, y] = at(point);
    if (x < -20 || y < -20 || x > box.clientWidth + 20 || y > box.clientHeight + 20) continue;
    const key = `${Math.floor(x / CELL)}:${Math.floor(y / CELL)}`;
    const cell = cells.get(key) ?? { x: 0, y: 0, members: [] };
    cell.x += x;
    cell.y += y;
    cell.members.push(point);
    cells.set(key, cell);
  }
  return [...cells.values()];
}

function tally(members) {
  return WORST.map((tone) => members.filter((m) => m.tone === tone).length);
}

function mark(cell) {
  const { members } = cell;
  const link = shape("a", {
    class: "mark",
    transform: `translate(${(cell.x / members.length).toFixed(1)} ${(cell.y / members.length).toFixed(1)})`,
    tabindex: "-1",
  });
  if (members.length === 1) {
    const [one] = members;
    link.setAttribute("href", `/console/appliances/${one.id}`);
    link.classList.add(one.tone);
    SHAPES[one.tone](link);
    const title = shape("title", {});
    title.textContent = one.name;
    link.append(title);
    return link;
  }
  const counts = tally(members);
  const worst = WORST[counts.findIndex((n) => n > 0)];
  link.setAttribute("href", "#map");
  link.classList.add("many", worst);
  link.append(shape("circle", { r: Math.min(13 + Math.log10(members.length) * 4, 24), class: "disc" }));
  const text = shape("text", { y: "0.34em" });
  text.textContent = members.length > 999 ? `${Math.round(members.length / 100) / 10}k` : members.length;
  link.append(text);
  const flag = shape("g", { transform: "translate(13 -13) scale(.8)", class: "flag" });
  SHAPES[worst](flag);
  if (worst !== "ok") link.append(flag);
  const title = shape("title", {});
  title.textContent = say("{n} cụm loa, {bad} mất kết nối hoặc hỏng, {warn} cần để ý", {
    n: members.length,
    bad: counts[0],
    warn: counts[1],
  });
  link.append(title);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    nearer(members);
  });
  return link;
}

function nearer(members) {
  const [x0, x1] = some(members.map((m) => m.x));
  const [y0, y1] = some(members.map((m) => m.y));
  const wide = Math.max(x1 - x0, (y1 - y0) * 1.2, 0.0004);
  const scale = Math.min((box.clientWidth * 0.7) / wide, view.scale * 8);
  view = {
    scale,
    x: box.clientWidth / 2 - ((x0 + x1) / 2) * scale,
    y: box.clientHeight / 2 - ((y0 + y1) / 2) * scale,
  };
  draw();
}

function draw() {
  cancelAnimationFrame(drawn);
  drawn = requestAnimationFrame(() => {
    svg.setAttribute("viewBox", `0 0 ${box.clientWidth} ${box.clientHeight}`);
    const ground = shape("path", {
      class: "ground",
      d: lines
        .map((line) =>
          line
            .map(([x, y], n) => `${n ? "L" : "M"}${(x * view.scale + view.x).toFixed(1)} ${(y * view.scale + view.y).toFixed(1)}`)
            .join(""),
        )
        .join(""),
    });
    const cells = gathered();
    svg.replaceChildren(ground, ...cells.map(mark));
    name(cells.flatMap((cell) => cell.members));
  });
}

function name(seen) {
  seen.sort((a, b) => WORST.indexOf(a.tone) - WORST.indexOf(b.tone) || a.name.localeCompare(b.name, "vi"));
  count.textContent = seen.length > MOST_LISTED
    ? say("{n} cụm, hiện {k} cụm cần xem nhất", { n: seen.length, k: MOST_LISTED })
    : say("{n} cụm", { n: seen.length });
  none.hidden = seen.length > 0;
  list.replaceChildren(
    ...seen.slice(0, MOST_LISTED).map((one) => {
      const item = document.createElement("li");
      const picture = shape("svg", { viewBox: "-10 -10 20 20", class: `mark ${one.tone}`, "aria-hidden": "true" });
      SHAPES[one.tone](picture);
      const link = document.createElement("a");
      link.href = `/console/appliances/${one.id}`;
      link.textContent = one.name;
      const word = document.createElement("span");
      word.className = "small soft";
      word.textContent = say({
        ok: "bình thường",
        air: "đang phát",
        warn: "cần để ý",
        bad: "mất kết nối hoặc hỏng tiếng",
        off: "chưa từng kết nối",
      }[one.tone]);
      link.className = "grow";
      item.append(picture, link, word);
      return item;
    }),
  );
}

function zoom(factor, x = box.clientWidth / 2, y = box.clientHeight / 2) {
  view = { scale: view.scale * factor, x: x - (x - view.x) * factor, y: y - (y - view.y) * factor };
  draw();
}

function move(x, y) {
  view = { ...view, x: view.x + x, y: view.y + y };
  draw();
}

function listen() {
  const held = new Map();
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== box) return;
    event.preventDefault();
    const edge = box.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, event.clientX - edge.left, event.clientY - edge.top);
  }, { passive: false });
  box.addEventListener("pointerdown", (event) => {
    held.set(event.pointerId, [event.clientX, event.clientY]);
  });
  box.addEventListener("pointermove", (event) => {
    const was = held.get(event.pointerId);
    if (!was) return;
    const apart = () => {
      const [a, b] = [...held.values()];
      return Math.hypot(a[0] - b[0], a[1] - b[1]);
    };
    const before = held.size === 2 ? apart() : 0;
    held.set(event.pointerId, [event.clientX, event.clientY]);
    if (held.size === 2) zoom(apart() / Math.max(before, 1));
    else move(event.clientX - was[0], event.clientY - was[1]);
  });
  for (const over of ["pointerup", "pointercancel", "pointerleave"]) {
    box.addEventListener(over, (event) => held.delete(event.pointerId));
  }
  box.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (moves[event.key]) move(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-") zoom(1 / 1.4);
    else if (event.key === "0") whole();
    else return;
    event.preventDefault();
  });
  document.getElementById("map-in").addEventListener("click", () => zoom(1.6));
  document.getElementById("map-out").addEventListener("click", () => zoom(1 / 1.6));
  document.getElementById("map-all").addEventListener("click", whole);
  addEventListener("resize", draw);
}

async function begin() {
  const answer = await fetch(box.dataset.points, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  read(await answer.json());
  svg = shape("svg", { "aria-hidden": "true", focusable: "false" });
  box.replaceChildren(svg);
  listen();
  whole();
}

begin().catch(() => {
  box.querySelector("p")?.replaceChildren(say("Chưa vẽ được bản đồ. Tải lại trang để thử lại."));
});
