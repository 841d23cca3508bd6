#!/bin/bash
# limit: 300
# Eight threads on a cache and on the handles of libgnttab-dmabuf, under TSan. gntdev is a fake.
set -eu
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

gcc -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -pthread -fsanitize=thread \
	-Itests/host/library -Itools/libgnttab-dmabuf/include -Itools/libgnttab-dmabuf/src \
	-Iinclude/uapi tests/host/library/{threads,gntdev,check}.c tools/libgnttab-dmabuf/src/*.c \
	-o "$out/threads"
# TSan of this age does not know all layouts of the address space.
setarch -R "$out/threads"
