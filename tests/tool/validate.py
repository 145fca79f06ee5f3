#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: validate.py SCHEMA <JSON...: what perftop json printed is right; and the books close."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding='ascii') as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
text, decoder, documents = sys.stdin.read(), json.JSONDecoder(), 0
while text.strip():
    data, end = decoder.raw_decode(text.lstrip())
    text = text.lstrip()[end:]
    documents += 1
    validator.validate(data)
    # The schema would take a name that it doesn't know.
    unknown = set(data) - set(schema['properties'])
    for kind in ('cgroups', 'stacks', 'pids', 'sleepers'):
        for row in data.get(kind, ()):
            unknown |= set(row) - set(schema['properties'][kind]['items']['properties'])
    if unknown:
        sys.exit('the schema has no %s' % unknown)
    for kind in ('cgroups', 'stacks'):
        if '--all' in sys.argv and kind in data and \
                sum(t['ticks'] for t in data[kind]) != sum(c['tables']['stacks']['ticks'] for c in data['cpus']):
            sys.exit('the sum of the %s is wrong' % kind)
print('%d right' % documents)
