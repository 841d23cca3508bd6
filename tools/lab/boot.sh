# shellcheck shell=bash
# One boot of QEMU: build its command line and watch it until it ends.

# Seconds for firmware, Xen and Dom0 to come up, and the same time again for the DomU. The time
# for which QEMU waits for a CPU of a busy machine does not count.
readonly BOOT_LIMIT=${LAB_BOOT_LIMIT:-240}

# What a kernel or the hypervisor prints when it dies.
readonly CRASH_PATTERN='Kernel panic - not syncing|Panic on CPU|Xen BUG at|Hardware Dom0 crashed|Triple fault|FATAL TRAP'

# How often boot_beat causes an interrupt.
readonly BEAT_SECONDS=1

# In MiB. On Arm, Xen takes the uppermost two for itself and offers the rest to Dom0 as address
# space. With two extra MiB that address space, up to the memory of the guests, is a whole
# number of sections of the kernel.
readonly DOM0_MEMORY_DEFAULT=1024
readonly MEMORY_BESIDE_DOM0=1026

# The machine's memory in MiB.
boot_memory() { echo "${MEMORY:-$((DOM0_MEMORY + MEMORY_BESIDE_DOM0))}"; }

# QEMU ends the value of an option at a comma, unless the comma is written twice.
dom0_cmdline()
{
	local words="console=hvc0 loglevel=5 panic=-1 oops=panic xen_gntalloc.limit=65536"

	words+=${DOM0_OPTS:+ $DOM0_OPTS}
	echo "${words//,/,,}"
}

# On Arm, a virtual CPU that moves from one CPU to another one can lose its timer, and sleeps then.
# tests/xen-list/lost-vtimer.txt has the cause, in Xen. On a busy machine it happened about once an
# hour. Pinned, no virtual CPU moves.
xen_cmdline()
{
	local words="dom0_mem=${DOM0_MEMORY}M,max:${DOM0_MEMORY}M conring_size=1m loglvl=info guest_loglvl=info"

	case $ARCH:$DOM0 in
	arm64:*) words="console=dtuart dtuart=/pl011@9000000 dom0_vcpus_pin $words" ;;
	x86_64:pvh) words="console=com1 dom0=pvh dom0-iommu=map-reserved $words" ;;
	x86_64:pv) words="console=com1 $words" ;;
	esac
	echo "$words${XEN_OPTS:+ $XEN_OPTS}"
}

# qemu_channel DIR BUS-OPTIONS: add the two ports by which Dom0 reports, see dom0-init.
qemu_channel()
{
	QEMU+=(-device "$2"
		-chardev "file,id=lines,path=$1/lines" -device virtserialport,chardev=lines,name=lab.lines
		-chardev "file,id=files,path=$1/files.tar" -device virtserialport,chardev=files,name=lab.files)
}

# qemu_pipe PATH: make the two pipes of a QEMU chardev, PATH.in and PATH.out.
qemu_pipe()
{
	rm -f "$1".{in,out}
	mkfifo "$1".{in,out}
}

# qemu_monitor DIR: add a QMP monitor for monitor_ask. Its pipes are in DIR.
qemu_monitor()
{
	MONITOR=$1/monitor
	qemu_pipe "$MONITOR"
	QEMU+=(-chardev "pipe,id=monitor,path=$MONITOR" -mon chardev=monitor,mode=control)
}

# qemu_screen DIR: add the port lab.screen. When Dom0 sends the line '@screen', boot_screen sends
# a picture of QEMU's screen to that port.
qemu_screen()
{
	SCREEN=$1/screen
	qemu_pipe "$SCREEN"
	QEMU+=(-chardev "pipe,id=screen,path=$SCREEN"
		-device virtserialport,chardev=screen,name=lab.screen)
}

# Use a clock that counts instructions: one CPU, 2^1 ns for each instruction. When the CPU is
# idle, the clock of x86 jumps to the next timer (sleep=off). arm64 hangs early in the boot with
# this setting, so there QEMU sleeps in real time (sleep=on).
qemu_icount()
{
	case $ARCH in
	x86_64) QEMU+=(-icount shift=1,sleep=off) ;;
	arm64) QEMU+=(-icount shift=1,sleep=on) ;;
	esac
}

# qemu_command DIR XEN KERNEL INITRD: fill the array QEMU.
qemu_command()
{
	local arm64_cpus=2 work

	SCREEN=
	work=$(dirname "$4")
	[ -z "$ICOUNT" ] || arm64_cpus=1
	case $ARCH in
	x86_64)
		QEMU=("${QEMU_WORDS[@]}" -accel "$ACCEL" -cpu qemu64,+svm,+npt -smp 1)
		# Without an IOMMU every read of an ACPI table is emulated for a PVH Dom0.
		[ "$DOM0" = pv ] || QEMU+=(-machine q35 -device amd-iommu)
		QEMU+=(-kernel "$2" -append "$(xen_cmdline)"
			-initrd "$3 $(dom0_cmdline),$4")
		# The guest frames of Dom0 are not machine frames, so DMA must be translated.
		qemu_channel "$1" virtio-serial-pci,iommu_platform=on,disable-legacy=on
		qemu_screen "$work"
		;;
	arm64)
		QEMU=("${QEMU_WORDS[@]}" -accel "$ACCEL" -cpu cortex-a57 -smp "$arm64_cpus"
			-machine virt,virtualization=on,gic-version=3
			-kernel "$2" -append "$(xen_cmdline)"
			-device "guest-loader,addr=0x50000000,kernel=$3,bootargs=$(dom0_cmdline)"
			-device "guest-loader,addr=0x54000000,initrd=$4")
		qemu_channel "$1" virtio-serial-device
		;;
	esac
	qemu_monitor "$work"
	[ -z "$ICOUNT" ] || qemu_icount
	QEMU+=(-m "$(boot_memory)" -nographic -no-reboot -monitor none -net none)
	[ -z "$VIEW" ] || QEMU+=(-display "vnc=$VIEW")
}

# qemu_serial DIR: the serial port writes DIR/serial.log and reads the pipe DIR/serial.in. QEMU
# expects two pipes, but accepts a file as the one that it writes.
qemu_serial()
{
	: >"$1/serial.log"
	rm -f "$1"/serial.{in,out}
	mkfifo "$1/serial.in"
	ln -s serial.log "$1/serial.out"
	QEMU+=(-chardev "pipe,id=serial,path=$1/serial" -serial chardev:serial)
}

# boot_keys PIPE KEYS: send debug keys to Xen. Three Ctrl-A switch the input to Xen, three more
# switch it back. This does not wait for a reader of the pipe.
boot_keys() { printf '\001\001\001%s\001\001\001' "$2" 1<>"$1"; }

# lab_keys LOG KEYS: send debug keys to the Xen of another lab, whose log directory is LOG.
lab_keys()
{
	[ $# -eq 2 ] && [ -n "$2" ] || usage_error "keys wants a log directory and the keys"
	[ -p "$1/serial.in" ] || die "nothing boots with the log directory $1"
	# The pipe of a boot that has died has no reader.
	timeout 5 bash -c ': >"$0"' "$1/serial.in" ||
		die "QEMU does not read what is meant for Xen: has the boot with the log directory $1 died?"
	boot_keys "$1/serial.in" "$2"
}

# qemu_gdb DIR: a debugger may connect at any time.
qemu_gdb()
{
	# The kernel limits the length of a socket's name.
	[ "${#1}" -lt 100 ] || die "--gdb wants a shorter --log: a socket's name has 107 characters at most"
	QEMU+=(-gdb "unix:$1/gdb,server=on,wait=off")
}

crashed_in() { grep -qE "$CRASH_PATTERN" "$@" 2>/dev/null; }

# This process keeps the ends of the pipes open until it exits, so that QEMU always has a peer.
monitor_open()
{
	exec 6<>"$MONITOR.in" 7<>"$MONITOR.out"
	echo '{ "execute": "qmp_capabilities" }' >&6
}

# monitor_ask COMMAND [ARGUMENTS]: set ANSWER to QEMU's answer, a line of JSON.
monitor_ask()
{
	ANSWER=
	echo "{ \"execute\": \"$1\", \"id\": \"$1\"${2:+, \"arguments\": { $2 \}} }" >&6
	until [[ $ANSWER == *"\"id\": \"$1\""* ]]; do
		read -r -t 10 ANSWER <&7 || return 1
		printf '%s\n' "$ANSWER" >>"$BOOT_DIR/noise.log"
	done
}

# Send the contents of the screen to Dom0, as PPM. If QEMU fails, Dom0 gets no answer and its
# wait times out.
boot_screen()
{
	[ -n "$SCREEN" ] || return 0
	monitor_ask screendump "\"filename\": \"$SCREEN.ppm\"" || return 0
	[[ $ANSWER == *'"error"'* ]] || cat "$SCREEN.ppm" >"$SCREEN.in" &
}

# Print the registers of the CPUs. QEMU knows them only while the CPUs are stopped.
monitor_registers()
{
	monitor_ask stop &&
		monitor_ask human-monitor-command '"command-line": "info registers -a"' || return 1
	printf '%b\n' "$ANSWER" | tr -d '\r'
	monitor_ask cont
}

# boot_registers_now FILE: append the registers of the CPUs. Returns 1 if QEMU does not answer.
boot_registers_now()
{
	# The signal that ended this lab may also have ended QEMU. A zombie does not answer.
	! guard_gone "$QEMU_PID" || return 1
	monitor_registers >>"$1" && return 0
	say "QEMU itself does not answer"
	return 1
}

# For a boot that has failed: log the registers of the CPUs, before and after Xen is asked for its
# state. They tell which part of the system makes no progress, and whether it waits or runs in a loop.
boot_registers()
{
	local file

	# QEMU may not have been started, or may have ended.
	kill -0 "$QEMU_PID" 2>/dev/null || return 0
	file=$BOOT_DIR/registers.log
	: >"$file"
	boot_registers_now "$file" || return 0
	# Xen prints its timers, its domains and its CPUs to serial.log, if it still reads its console.
	# 'd' is the last, because it interrupts all CPUs.
	boot_keys "$BOOT_DIR/serial.in" aqd
	# Dom0's kernel prints its blocked tasks: on a Xen console, Ctrl-O is SysRq.
	printf '\017w' 1<>"$BOOT_DIR/serial.in" && sleep 1
	boot_registers_now "$file" || return 0
	say "the CPUs were at $(grep -oE '\<(PC|[RE]IP)=[0-9a-f]+' "$file" | tr '\n' ' ')"
}

# Print for how many seconds the machine has not run QEMU, although QEMU could have run: the
# longest wait of its threads for a CPU, and the time that the hypervisor of this machine took.
boot_waited()
{
	local file wait longest=0 stolen _

	for file in "/proc/$QEMU_PID/task/"*/schedstat; do
		{ read -r _ wait _ <"$file"; } 2>/dev/null || continue
		[ "$wait" -le "$longest" ] || longest=$wait
	done
	read -r _ _ _ _ _ _ _ _ stolen _ </proc/stat
	echo $((longest / 10 ** 9 + stolen / ($(getconf CLK_TCK) * $(nproc))))
}

# A part of the boot begins, which may take BOOT_LIMIT.
boot_part_begins()
{
	WAITED=$(boot_waited)
	DEADLINE=$((SECONDS + BOOT_LIMIT))
}

# The time limit has expired: is there more time, because QEMU waited for a CPU?
boot_more_time()
{
	local before=$WAITED

	case $STATE in
	booting|up) ;;
	*) return 1 ;;
	esac
	WAITED=$(boot_waited)
	DEADLINE=$((DEADLINE + WAITED - before))
	[ "$SECONDS" -lt "$DEADLINE" ]
}

# boot_line LINE: act on one line of the channel. Sets STATE, DOM0_STATUS and DOMU_STATUS (an
# array of the DomUs' statuses; the first DomU has index 1).
boot_line()
{
	local domu

	case $1 in
	'@up') STATE=up; boot_part_begins ;;
	'@started') STATE=started; DEADLINE=$((SECONDS + LIMIT)) ;;
	'@failed '*) STATE=failed; FAILURE=${1#@failed } ;;
	'@exit dom0 '*) DOM0_STATUS=${1##* } ;;
	'@exit domu '*) DOMU_STATUS[1]=${1##* } ;;
	'@exit domu'[2-9]' '*) domu=${1#@exit domu}; DOMU_STATUS[${domu%% *}]=${1##* } ;;
	'@screen') boot_screen ;;
	'@end') [ "$STATE" = failed ] || STATE=end; return 1 ;;
	'console| '*) printf '%s\n' "${1#console| }" >>"$BOOT_DIR/domu-console.log" ;;
	'console'[2-9]'| '*)
		domu=${1#console}
		printf '%s\n' "${1#*| }" >>"$BOOT_DIR/domu${domu%%|*}-console.log"
		;;
	'dom0| '*|'domu| '*|'domu'[2-9]'| '*) printf '%s\n' "$1" ;;
	*) printf '%s\n' "$1" >>"$BOOT_DIR/noise.log" ;;
	esac
	return 0
}

# Cause an interrupt, for an emulated CPU that has lost one (see qemu.sh) and sleeps. A byte on the
# serial port is one, until Xen decides to poll this port. With counted instructions, one thread does
# all, and nothing is lost.
boot_beat()
{
	[ -n "$ICOUNT" ] || printf '\0' 1<>"$BOOT_DIR/serial.in"
}

# boot_watch PID: read the channel until QEMU ends, Dom0 sends '@end', or a time limit expires.
boot_watch()
{
	local line rest='' beat=$SECONDS

	exec 5< <(tail -n +1 -s 0.1 -f --pid="$1" "$BOOT_DIR/lines" 2>/dev/null)
	while :; do
		if [ "$SECONDS" -ge "$DEADLINE" ] && ! boot_more_time; then
			case $STATE in
			booting) STATE=noboot ;;
			up) STATE=failed FAILURE="the DomU did not come up in $BOOT_LIMIT s" ;;
			*) STATE=limit ;;
			esac
			break
		fi
		if [ "$SECONDS" -ge "$beat" ]; then
			boot_beat
			beat=$((SECONDS + BEAT_SECONDS))
		fi
		if IFS= read -r -t 1 line <&5; then
			boot_line "$rest$line" || break
			rest=
		elif [ $? -gt 128 ]; then
			# The read timed out in the middle of a line. Keep the first part.
			rest=$rest$line
		else
			break
		fi
	done
	exec 5<&-
}

# Kill QEMU. Nothing is lost: every result has been read from the channel.
boot_kill()
{
	[ -n "${QEMU_PID:-}" ] || return 0
	kill -KILL "$QEMU_PID" 2>/dev/null || true
	wait "$QEMU_PID" 2>/dev/null || true
	QEMU_PID=
	rm -f "$BOOT_DIR"/{serial.in,serial.out,gdb}
}

# boot_run DIR XEN KERNEL INITRD: boot, pass on the output, and set STATE to the way the boot
# ended: end, failed, limit, noboot, crash or gone.
boot_run()
{
	BOOT_DIR=$1
	STATE=booting FAILURE='' DOM0_STATUS='' DOMU_STATUS=()
	qemu_command "$@"
	qemu_serial "$BOOT_DIR"
	[ -z "$GDB" ] || qemu_gdb "$BOOT_DIR"
	monitor_open
	: >"$BOOT_DIR/lines"
	: >"$BOOT_DIR/domu-console.log"
	printf '%q ' "${QEMU[@]}" >"$BOOT_DIR/qemu.command"
	"${QEMU[@]}" </dev/null \
		>"$BOOT_DIR/qemu.log" 2>&1 &
	QEMU_PID=$!
	boot_part_begins
	boot_watch "$QEMU_PID"
	case $STATE in
	limit|noboot|failed) boot_registers ;;
	esac
	boot_kill
	case $STATE in
	end|failed) ;;
	*) crashed_in "$BOOT_DIR/serial.log" && STATE=crash ;;
	esac
	if [ "$STATE" != crash ] && crashed_in "$BOOT_DIR"/domu*-console.log; then
		STATE=crash
	fi
	case $STATE in
	booting|up|started) STATE=gone ;;
	esac
}
