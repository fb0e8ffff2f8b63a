"""What a disk holds after a power cut, by a model of what may be lost that was not synced.

A file keeps what was written up to its last sync; of what was written since, none, the first part
or any part, and a write may be torn between sectors. A folder keeps its names as of its last
sync, with any number of the changes since, in their order.
"""

import re

SECTOR = 512
CALLS = "openat,pwrite64,write,fdatasync,fsync,ftruncate,unlink,mkdir"
LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
# What -xx writes in hexadecimal: "texts" and <paths of descriptors>.
TEXT = re.compile(r'["<]((?:\\x[0-9a-f]{2})*)[">]')


def events(log):
    """The calls that strace wrote to a file: name, path, bytes, numbers."""
    for line in log.read_text().splitlines():
        found = LINE.match(line)
        if not found or int(found[3]) < 0:
            continue
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in TEXT.findall(found[2])]
        name, rest = found[1], TEXT.sub("", found[2])
        # openat names the folder before the file.
        path = texts[-1 if name == "openat" else 0].decode()
        content = texts[1] if name in ("pwrite64", "write") else b""
        numbers = [int(number) for number in re.findall(r"\b\d+\b", rest)]
        yield name, path, content, numbers, "O_CREAT" in rest


class File:
    """The content that is on the disk, and the changes that may be."""

    def __init__(self):
        self.content, self.pending = bytearray(), []

    def sync(self):
        for change in self.pending:
            apply(self.content, *change)
        self.pending = []

    def after_cut(self, chance):
        """A content that it may have after a power cut."""
        content = bytearray(self.content)
        way, changes = chance.choice(["none", "first", "some", "all"]), self.pending
        if way == "first":
            changes = changes[:chance.randint(0, len(changes))]
        elif way == "some":
            changes = [change for change in changes if chance.random() < 0.6]
        for place, change in enumerate(changes if way != "none" else []):
            is_last = place == len(changes) - 1
            torn = way != "all" and chance.random() < (0.5 if is_last else 0.1)
            for part in sectors(*change) if torn else [change]:
                if not torn or chance.random() < 0.5:
                    apply(content, *part)
        return content


def apply(content, offset, written):
    """Writes bytes, or cuts off what lies behind `offset` where there are none."""
    if written is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset:offset + len(written)] = written


def sectors(offset, written):
    """A write as its parts in single sectors."""
    if written is None:
        return [(offset, None)]
    first = SECTOR - offset % SECTOR
    starts = [0, *range(first, len(written), SECTOR)]
    return [(offset + start, written[start:end])
            for start, end in zip(starts, [*starts[1:], len(written)])]


class Disk:
    """Files and folders under one folder, which is on the disk itself."""

    def __init__(self, root):
        self.root = str(root)
        self.names = {}
        self.files = []
        #: Names that are on the disk, by folder, and changes that may be.
        self.kept, self.pending = {self.root: {}}, {self.root: []}

    def take(self, name, path, content, numbers, creates):
        """Takes a call; paths are whole."""
        if name == "mkdir":
            self.change(path, "folder")
            self.kept[path], self.pending[path] = {}, []
        elif name == "openat" and creates and path not in self.names:
            self.files.append(File())
            self.change(path, self.files[-1])
        elif name == "unlink":
            self.change(path, None)
        elif name in ("fdatasync", "fsync") and path in self.pending:
            for change, file in self.pending[path]:
                self.kept[path][change] = file
            self.pending[path] = []
        elif path in self.names and name in ("fdatasync", "fsync"):
            self.names[path].sync()
        elif path in self.names and name == "pwrite64":
            self.names[path].pending.append((numbers[-1], content))
        elif path in self.names and name == "ftruncate":
            self.names[path].pending.append((numbers[-1], None))

    def change(self, path, file):
        folder = path.rpartition("/")[0]
        self.pending[folder].append((path, file))
        self.names[path] = file
        if file is None:
            del self.names[path]

    def after_cut(self, chance, folder=None):
        """Contents by path that the disk may have after a power cut."""
        folder = folder or self.root
        names, changes = dict(self.kept[folder]), self.pending[folder]
        count = chance.choice([0, len(changes), chance.randint(0, len(changes))])
        names |= dict(changes[:count])
        found = {}
        for path, file in names.items():
            if file == "folder":
                found |= self.after_cut(chance, path)
            elif file:
                found[path] = file.after_cut(chance)
        return found
