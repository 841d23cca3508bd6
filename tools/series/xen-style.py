#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Wraps the comments of C on standard input at 79 columns, and mends what clang-format cannot do.

The lines of a comment that belong together are wrapped together. A line begins something new if it
is indented in another way than the lines before it, is a row of a table, or names a parameter, an
item or an errno.
"""
import re
import sys
import textwrap

COLUMNS = 79

# What begins a line that is not the continuation of the line before it: the text to which the
# lines that continue it are aligned.
HEADS = [
    re.compile(r'@param \w+ '),
    re.compile(r'@return '),
    re.compile(r'(@[a-z_]+, )*@[a-z_]+: '), # the members of a structure
    re.compile(r'- '),                      # an item
    re.compile(r'\S+(, \S+)*  +'),          # a row of a table
]
ERRNO = re.compile(r' *E[A-Z0-9]{2,}[ ,]')
ARROW = re.compile(r'--->|<---|  \.\.\. ')


def indent_of(text):
    return len(text) - len(text.lstrip())


def hanging(text):
    """The column of the lines that continue a line, if it begins something."""
    start = indent_of(text)
    for head in HEADS:
        match = head.match(text, start)
        if match:
            return match.end()
    return start


def begins(text, item):
    """Does this line of a comment begin something new after the lines of item?"""
    column = indent_of(text)
    if any(head.match(text, column) for head in HEADS):
        return True
    # Not every line that begins with an errno is one of a list.
    if ERRNO.match(text) and (ERRNO.match(item[0]) or item[-1].endswith((':', ', or'))):
        return True
    # The second line of an item tells where its further lines begin.
    return column != indent_of(item[1]) if len(item) > 1 else column < indent_of(item[0])


def items(lines):
    """Groups the lines of a comment by what they belong to."""
    item = []
    for line in lines:
        if item and (not line.strip() or not item[0].strip() or begins(line, item)):
            yield item
            item = []
        item.append(line)
    if item:
        yield item


def wrap(item, width):
    if ARROW.search(item[0]) or all(len(line) <= width for line in item):
        return item
    rest = indent_of(item[1]) if len(item) > 1 else hanging(item[0])
    if ERRNO.match(item[0]) and len(item) == 1:
        rest += 4
    # Blanks within the first line are those of a table.
    head = re.match(r'\s*(\S+(, \S+)*  +)?', item[0]).group()
    text = ' '.join([item[0][len(head):]] + [line.strip() for line in item[1:]])
    return textwrap.wrap(text, width, initial_indent=head, subsequent_indent=' ' * rest,
                         break_long_words=False, break_on_hyphens=False)


def wrap_block(indent, opening, lines):
    """A comment of several lines, without the comment marks."""
    prefix = indent + ' *'
    yield indent + opening
    # A blank follows the star.
    for item in items([line[1:] for line in lines]):
        for line in wrap(item, COLUMNS - len(prefix) - 1):
            yield (prefix + ' ' + line).rstrip()
    yield prefix + '/'


def comments(lines):
    """Wraps the comments that have lines of their own."""
    lines = iter(lines)
    for line in lines:
        single = re.match(r'( *)/\* (.*) \*/$', line)
        block = re.match(r'( *)(/\*\*?)$', line)
        if single and len(line) > COLUMNS:
            yield from wrap_block(single.group(1), '/*', [' ' + single.group(2)])
        elif block:
            inside = []
            for line in lines:
                if line.strip() == '*/':
                    break
                inside.append(line.strip()[1:])
            yield from wrap_block(block.group(1), block.group(2), inside)
        else:
            yield line


def mend(text):
    # The brace of do is on its line.
    text = re.sub(r'^( *)do\n *\{', r'\1do {', text, flags=re.M)
    # clang-format takes C's names export and import for keywords of C++.
    return re.sub(r'(\(\w+_t\)) (?=(export|import)\b)', r'\1', text)


def main():
    text = mend(sys.stdin.read())
    print('\n'.join(comments(text.split('\n')[:-1])))


main()
