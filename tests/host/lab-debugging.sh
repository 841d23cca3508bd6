#!/bin/bash
# limit: 300
# boots
# long
# lab exec --xen-file boots the user's hypervisor, `lab keys` reaches Xen, and a debugger can
# connect to the machine with --gdb.
set -u
. "$(dirname "$0")/lab-boot.inc"
lab=$root/tools/lab/lab

xen=$("$lab" root --arch arm64)/boot/xen || exit 1
gzip -c "$xen" >"$work/mine.gz"
touch "$work/mine-syms"

# Does what a debugger does first: asks why the machine has stopped, then lets it continue.
cat >"$work/debugger" <<'EOT'
import socket, sys
link = socket.socket(socket.AF_UNIX)
link.settimeout(10)
link.connect(sys.argv[1])
def ask(text):
    link.sendall(b"$" + text + b"#%02x" % (sum(text) % 256))
ask(b"?")
answer = b""
while b"#" not in answer:
    answer += link.recv(1000)
print(answer.decode())
ask(b"D")
link.recv(1000)
EOT

# Each key is sent after the answer to the previous one, because Xen must own the input each time.
(
	sent=
	for _ in $(seq 1200); do
		key=$(sed -n '$s/^dom0| want //p' "$work/out" 2>/dev/null)
		if [ "$key" != "$sent" ]; then
			[ "$key" != m ] || break
			[ -z "$key" ] || "$lab" keys "$work/log" "$key"
			sent=$key
		fi
		sleep 0.1
	done
	python3 "$work/debugger" "$work/log/gdb" >"$work/stopped" 2>&1
	# The answer to this key proves that the machine continues.
	"$lab" keys "$work/log" m
) &
lab_exec --xen-file "$work/mine.gz" --gdb --limit 100 --in-dom0 '
	pressed() {
		echo "want $1"
		for _ in $(seq 300); do
			if xl dmesg | grep -q "$2"; then echo "pressed $1"; return; fi
			sleep 0.1
		done
	}
	pressed q "pressed -> dumping domain info"
	pressed r "sched_smt_power_savings"
	pressed m "Physical memory information"'
wait
want_status 0
want_line 'dom0| pressed q'
want_line 'dom0| pressed r'
want_line 'dom0| pressed m'
want_said "target remote $work/log/gdb"
want_said "Xen's symbols: $work/mine-syms"
grep -q '\$T' "$work/stopped" || wrong "the debugger saw: $(cat "$work/stopped")"
[ ! -e "$work/log/serial.in" ] || wrong "the pipe to Xen is still there"

exit "$failed"
