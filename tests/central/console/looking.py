"""What a rule-checker would ask of a page, measured on what the browser really drew."""

from itertools import pairwise

from playwright.sync_api import Page

NAMELESS = """() => [...document.querySelectorAll(
    'a[href], button, summary, select, textarea, input:not([type=hidden])')]
  .filter((e) => e.checkVisibility())
  .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim()
    || [...(e.labels ?? [])].some((label) => label.textContent.trim())))
  .map((e) => e.outerHTML.slice(0, 120))"""

TWICE = """() => {
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""

DANGLING = """() => [...document.querySelectorAll('[aria-labelledby], [aria-describedby], [for]')]
  .flatMap((e) => ['aria-labelledby', 'aria-describedby', 'for']
    .flatMap((name) => (e.getAttribute(name) ?? '').split(' ').filter(Boolean)))
  .filter((id) => !document.getElementById(id))"""

LEVELS = """() => [...document.querySelectorAll('h1, h2, h3, h4')]
  .filter((e) => e.checkVisibility()).map((e) => Number(e.tagName[1]))"""

# WCAG 2.2, 2.5.8: 24 by 24, but for links inside a sentence.
SMALL = """() => [...document.querySelectorAll(
    'button, summary, select, textarea, a.button, .tabs a, .choice label, .tick')]
  .filter((e) => e.checkVisibility())
  .filter((e) => { const r = e.getBoundingClientRect(); return r.width < 24 || r.height < 24; })
  .map((e) => e.outerHTML.slice(0, 120))"""

# WCAG 2.2, 1.4.3: 4.5 to 1, and 3 to 1 for large words.
PALE = """() => {
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of document.querySelectorAll('body *')) {
    const speaks = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
    if (!speaks || e.closest('svg, .hide-eye, .skip, noscript, :disabled') || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const sizes = [luminance(rgba(style.color)), luminance(ground(e))].sort((a, b) => b - a);
    const ratio = (sizes[0] + 0.05) / (sizes[1] + 0.05);
    const px = parseFloat(style.fontSize);
    const large = px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${e.outerHTML.slice(0, 100)}`);
  }
  return found;
}"""


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with a page: names, ids, headings, targets, contrast; empty when all is well."""
    found: list[str] = []
    for name, script in {
        "without a name": NAMELESS,
        "id twice": TWICE,
        "refers to nothing": DANGLING,
        "too small": SMALL,
        "too pale": PALE,
    }.items():
        found += [f"{name}: {what}" for what in page.evaluate(script)]
    levels: list[int] = page.evaluate(LEVELS)
    if levels.count(1) != 1 or levels[:1] != [1]:
        found.append(f"headings do not begin with one h1: {levels}")
    jumps = [(a, b) for a, b in pairwise(levels) if b > a + 1]
    return [*found, *(f"heading level jumps from {a} to {b}" for a, b in jumps)]
