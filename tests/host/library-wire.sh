#!/bin/bash
# limit: 300
# The messages of libgnttab-dmabuf on this machine, under ASan and UBSan: every rule of PROTOCOL,
# every truncation, and a million random messages to receivers and senders. gntdev is a fake.
set -eu
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

compile()
{
	gcc -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -pthread \
		-fsanitize=address,undefined -fno-sanitize-recover=all \
		-Itests/host/library -Itools/libgnttab-dmabuf/include \
		-Itools/libgnttab-dmabuf/src -Iinclude/uapi \
		"$@" tests/host/library/gntdev.c tests/host/library/check.c \
		tools/libgnttab-dmabuf/src/*.c
}

for program in rules random; do
	compile "tests/host/library/$program.c" -o "$out/$program"
	echo "$program:"
	"$out/$program" "${MESSAGES:-1000000}"
done
