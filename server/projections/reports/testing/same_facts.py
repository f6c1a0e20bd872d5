"""Reads each of the pairs <name>.json and <name>.xml in a folder by Python's own parsers and prints what differs.

What XML 1.0 cannot hold is U+FFFD there. Prints the number of pairs last.
"""
import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

FORBIDDEN = re.compile('[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')


def as_text(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return FORBIDDEN.sub('\ufffd', str(value))


def facts(fields):
    return {name: as_text(value) for name, value in fields.items()}


def of_json(path):
    report = json.loads(path.read_bytes())['status_report']
    items = []
    for media in ('sms', 'mms', 'mail', 'fax', 'call'):
        for item in report.get(media, []):
            statuses = item.pop('status_list')
            items.append((media, facts(item), [status_of_json(status) for status in statuses]))
    return as_text(report['username']), items


def status_of_json(status):
    inside = {name: facts(status.pop(name)) for name in ('vxml_info', 'transfer') if name in status}
    return facts(status), inside


def of_xml(path):
    root = ElementTree.parse(path).getroot()
    items = [(item.tag, dict(item.attrib), [status_of_xml(status) for status in item]) for item in root]
    return root.get('username'), items


def status_of_xml(status):
    return dict(status.attrib), {element.tag: dict(element.attrib) for element in status}


pairs = sorted(Path(sys.argv[1]).glob('*.json'))
for path in pairs:
    told, shown = of_json(path), of_xml(path.with_suffix('.xml'))
    if told != shown:
        print(ascii((told, shown)))
print(len(pairs))
