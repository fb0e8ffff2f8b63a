"""Chromium, and what it must find on every page."""

import base64
import json
import os
import shutil
import subprocess
import sys
from urllib.parse import urljoin

PROBE = r"""
(() => {
  const faults = [], root = document.documentElement, width = root.clientWidth;
  // A page of the dashboard, with forms and links; a report has none.
  const isServed = location.protocol === 'http:';
  if (root.scrollWidth > width) faults.push(`the page is ${root.scrollWidth} wide in ${width}`);
  const seen = element => {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    return style.visibility !== 'hidden' && style.display !== 'none' && box.width > 1 && box.height > 1;
  };
  const scrolls = element => element.closest('.scroll') !== null;
  for (const element of document.body.querySelectorAll('*')) {
    if (!seen(element) || scrolls(element) || element.closest('svg')) continue;
    const box = element.getBoundingClientRect();
    if (box.right > width + 1 || box.left < -1)
      faults.push(`${element.tagName} reaches from ${box.left} to ${box.right}: ${element.textContent.slice(0, 40)}`);
  }
  const channel = value => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const tested = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, words = walker.currentNode.textContent.trim();
    if (!words || tested.has(element) || !seen(element)) continue;
    tested.add(element);
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const ink = parse(element.closest('svg') ? style.fill : style.color);
    const [high, low] = [light(ink), light(ground(element))].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)} of "${words.slice(0, 40)}"`);
  }
  for (const element of document.querySelectorAll('svg[role=img]'))
    if (!element.getAttribute('aria-label')) faults.push('a picture without a name');
  for (const element of document.querySelectorAll('table'))
    if (!element.querySelector('caption')) faults.push('a table without a caption');
  for (const element of document.querySelectorAll('.scroll')) {
    const place = element.getAttribute('aria-labelledby');
    const name = place ? document.getElementById(place) : element.getAttribute('aria-label');
    if (element.tabIndex !== 0 || !name)
      faults.push('a part that scrolls and cannot be reached by keyboard or has no name');
  }
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  for (const id of new Set(ids)) if (ids.filter(other => other === id).length > 1) faults.push(`id ${id} twice`);
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  if (!root.lang) faults.push('no language');
  const allowed = new Set(('html head meta title style body svg defs pattern rect circle line text path g div header ' +
    'p h1 h2 span bdi main section ul ol li dl dt dd figure figcaption table caption thead tbody tfoot tr th td footer ' +
    'strong' + (isServed ? ' a button code details form h3 header input label link nav option pre script select summary ' +
    'textarea' : '')).split(' '));
  const isOwn = value => isServed && (/^\/(?!\/)/.test(value) || value === '#main' || value === 'data:,');
  for (const element of document.querySelectorAll('*')) {
    if (!allowed.has(element.localName)) faults.push(`an element ${element.localName}`);
    for (const {name, value} of element.attributes)
      if (name.startsWith('on') || name === 'style' || (name === 'href' || name === 'src' || name === 'action') && !isOwn(value) ||
        /javascript:/i.test(value) && !['aria-label', 'value'].includes(name))
        faults.push(`${element.localName} has ${name}="${value.slice(0, 40)}"`);
  }
  for (const element of document.querySelectorAll('input:not([type=hidden], [hidden]), select, textarea'))
    if (!element.labels.length) faults.push(`a field ${element.name} without a label`);
  for (const element of document.querySelectorAll('form[method=post]'))
    if (!element.querySelector('input[name=csrf]')?.value) faults.push('a form that anybody can send');
  for (const element of document.querySelectorAll('a, button, summary'))
    if (!(element.textContent.trim() || element.getAttribute('aria-label'))) faults.push(`${element.localName} without a name`);
  for (const element of document.querySelectorAll('script')) if (element.textContent) faults.push('a script within the page');
  if (isServed) {
    for (const landmark of ['header', 'main', 'footer'])
      if (!document.querySelector(landmark)) faults.push(`no ${landmark}`);
    if (getComputedStyle(document.body).margin !== '0px') faults.push('the style sheet is not used');
  }
  const fields = [...document.querySelectorAll('input, textarea, option')].map(element => element.value);
  const text = [document.body.textContent.replaceAll('\u2060', ''), ...fields].join('\n');
  return {faults, text};
})()
"""


OWN = ("/assets/dashboard.css", "/assets/live.js", "/events", "data:,")

# Whoever runs a script, or is kept from it, is heard.
TRAP = """
window.alert = window.confirm = window.prompt = word => console.error('a script ran: ' + word);
addEventListener('securitypolicyviolation', event =>
  console.error('against the policy: ' + event.violatedDirective + ' ' + event.blockedURI));
"""


class Browser:
    """Chromium, spoken to through two pipes."""

    def __init__(self, folder):
        names = ("chromium", "chromium-browser", "google-chrome")
        program = next(filter(None, map(shutil.which, names)), None)
        if not program:
            sys.exit("Chromium is not there: apt-get install chromium")
        ours_out, theirs_in = os.pipe()
        theirs_out, ours_in = os.pipe()

        def connect():
            # Chromium reads commands from 3 and writes answers to 4.
            first, second = os.dup(theirs_out), os.dup(theirs_in)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.process = subprocess.Popen(
            [
                program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile",
                "--remote-debugging-pipe", "about:blank",
            ],  # fmt: skip
            preexec_fn=connect, close_fds=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self.reader, self.writer = os.fdopen(ours_out, "rb"), os.fdopen(ours_in, "wb")
        self.buffer, self.serial, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=TRAP)

    def receive(self):
        while b"\0" not in self.buffer:
            read = self.reader.read1(1 << 20)
            if not read:
                sys.exit("Chromium ended")
            self.buffer += read
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.serial += 1
        message = {"id": self.serial, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.writer.write(json.dumps(message).encode() + b"\0")
        self.writer.flush()
        while True:
            answer = self.receive()
            if answer.get("id") == self.serial:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def open(self, url, width, scheme):
        """What is wrong with a page, and its text."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                  deviceScaleFactor=1, mobile=width < 500)  # fmt: skip
        self.call("Emulation.setEmulatedMedia", media="screen",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")
        found = self.run(PROBE)
        return found["faults"] + self.noise(url), found["text"]

    def run(self, script):
        """The value of a script, awaited where it is a promise."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            sys.exit(f"a script of the test failed: {result['exceptionDetails']}")
        return result["result"].get("value")

    def noise(self, url):
        """What a page wrote to the console or asked of a network, beside its own files."""
        faults = []
        known = {url} | {urljoin(url, path) for path in OWN if url.startswith("http:")}
        for event in self.events:
            parameters = event.get("params", {})
            match event.get("method"):
                case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown":
                    faults.append(f"console: {str(parameters)[:120]}")
                case "Log.entryAdded":
                    faults.append(f"console: {parameters['entry']['text'][:120]}")
                case "Network.requestWillBeSent" if parameters["request"]["url"] not in known:
                    faults.append(f"a request: {parameters['request']['url'][:120]}")
        return faults

    def picture(self, path, most=None):
        """Draws the page, or as many pixels of its height."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        height = min(size["height"], most or size["height"])
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
        data = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def printed(self):
        self.call("Emulation.clearDeviceMetricsOverride")
        self.call("Emulation.setEmulatedMedia", media="", features=[])
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def close(self):
        self.call("Browser.close")
        self.process.wait()
