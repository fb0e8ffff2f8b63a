"""Whether an open page follows what changes, and leaves its reader in peace."""

PREPARE = """
  document.getElementById('days-numbers').open = true;
  document.querySelector('.alarm-form button').focus();
  scrollTo(0, 400);
  window.untouched = document.querySelector('[data-live=reports]');
"""
STATE = """({
  heading: document.getElementById('verdict').textContent,
  title: document.title,
  isOpen: document.getElementById('days-numbers').open,
  focus: document.activeElement.id,
  scroll: scrollY,
  isSame: window.untouched === document.querySelector('[data-live=reports]'),
})"""
EXPECTED = {
    "heading": "The balance lasts for ever", "title": "changed", "isOpen": True,
    "focus": "silence-0", "scroll": 400, "isSame": True,
}  # fmt: skip


def check_live(browser, service, pages):
    """What is wrong with the script, in sentences."""
    page = pages / "overview.html"
    before = page.read_text("utf-8")
    browser.open(service.url("overview"), 1280, "light")
    browser.run(PREPARE)
    start = before.index(">", before.index('id="verdict"')) + 1
    changed = before[:start] + EXPECTED["heading"] + before[before.index("<", start) :]
    title = before.index("<title>") + 7
    changed = changed[:title] + EXPECTED["title"] + changed[changed.index("</title>") :]
    changed = changed.replace("</summary>", " </summary>").replace("Silence for", "Silence  for")
    page.write_text(changed, "utf-8")
    # The page must be listening before something happens.
    browser.run("new Promise(done => setTimeout(done, 500))")
    service.change()
    browser.run(
        f"""new Promise(done => {{
          const end = Date.now() + 5000;
          const look = () => document.title === '{EXPECTED["title"]}' || Date.now() > end
            ? setTimeout(done, 100) : setTimeout(look, 50);
          look();
        }})"""
    )
    found = browser.run(STATE)
    page.write_text(before, "utf-8")
    faults = [
        f"live: {name} is {found[name]!r}, not {value!r}"
        for name, value in EXPECTED.items()
        if found[name] != value
    ]
    return faults + [f"live: {fault}" for fault in browser.noise(service.url("overview"))]
