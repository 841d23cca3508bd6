# Reads the lines of dom0-display and prints the table. With -v json=FILE, the figures also go there.
# The clock is QEMU's: an instruction takes 2 ns.

function per_frame(time, idle) { return (time - idle) / 2 / frames }

{
	name = $3
	for (i = 4; i < NF; i += 2)
		value[$i] = $(i + 1)
	frames = value["frames"]
	if (name == "idle") {
		idle0 = value["dom0"] / value["time"]
		idleu = value["domu"] / value["time"]
		if (!heading++)
			printf "%-8s %8s %8s %16s %16s %14s %12s\n", "way", "frames", "per s",
			"Dom0 instr/frame", "DomU instr/frame", "bytes/frame", "notif./frame"
		next
	}
	if (frames <= 0) {
		print name ": no frames were shown"
		failed = 1
		next
	}
	dom0 = per_frame(value["dom0"], idle0 * value["time"])
	domu = per_frame(value["domu"], idleu * value["time"])
	rate = frames * 1e9 / value["time"]
	bytes = value["bytes"] / frames
	events = (value["sent"] + value["received"]) / frames
	cost[name] = dom0
	printf "%-8s %8d %8.1f %16d %16d %14d %12.2f\n", name, frames, rate, dom0, domu, bytes, events
	line = sprintf("{\"way\":\"%s\",\"frames\":%d,\"dom0_instructions\":%d,\"domu_instructions\":%d,\"bytes_copied\":%d,\"notifications\":%.2f}",
		name, frames, dom0, domu, bytes, events)
	lines = lines (lines ? ",\n" : "") line
}

END {
	if (cost["share"] > 0 && cost["copy"] > 0) {
		printf "Dom0, copied : shared = %.1f : 1", cost["copy"] / cost["share"]
		extra = cost["share"] - cost["native"]
		if (extra > 0)
			printf "; what the guest adds to a native client: %d instructions shared, %d copied (%.1f : 1)",
				extra, cost["copy"] - cost["native"], (cost["copy"] - cost["native"]) / extra
		print ""
	} else
		failed = 1
	print "[" lines "]" >json
	exit failed
}
