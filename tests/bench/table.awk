# The table of `make bench`, from one JSON object per line as tests/bench/run writes them.
# Variables: ns, of an instruction.

function value(name,    at)
{
	if (!match($0, "\"" name "\":(\"[^\"]*\"|[-0-9]+)"))
		return ""
	at = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
	gsub(/"/, "", at)
	return at
}

# Looking at an element that is not there would make it.
function ns_of(key) { return key in total ? total[key] : "" }
function quotient(a, b) { return a != "" && b > 0 ? a / b : "-" }
function ratio(a, b,    q) { q = quotient(a, b); return q == "-" ? q : sprintf("%.3f", q) }

# What was found is in got[], for the sizes in order; it is to be at most maximum.
function aim(platform, words, format,    i, line, met, n)
{
	met = "met"
	for (i = 1; i <= sizes; i++) {
		if (got[i] == "-")
			met = "NOT MEASURED"
		else if (got[i] + 0 > maximum && met == "met")
			met = "MISSED"
		line = line sprintf("  %s: %s", size[i], got[i] == "-" ? "-" : sprintf(format, got[i]))
	}
	printf "  %-6s %-44s%s  %s\n", platform, words, line, met
}

BEGIN {
	# In the order of printing.
	rows = split("ours/contiguous ours/scattered mainline/old-coherent mainline/old-plain", row)
	name["ours/contiguous"] = "ours, contiguous"
	name["ours/scattered"] = "ours, scattered"
	name["mainline/old-coherent"] = "mainline COHERENT"
	name["mainline/old-plain"] = "mainline plain"
}

value("bench") == "export" {
	p = value("platform")
	n = value("pages")
	if (!(p in seen_platform)) {
		seen_platform[p]
		platform[++platforms] = p
	}
	if (!(n in seen_size)) {
		seen_size[n]
		size[++sizes] = n
	}
	key = p "/" n "/" value("kernel") "/" value("variant")
	total[key] = value("ns")
	spread[key] = 100 * (value("ns_max") - value("ns_min")) / value("ns")
	ram[key] = value("ram_pages")
	lists[key] = value("kernel_pages")
	first[key] = value("first_use_pages")
}

END {
	print "Export of a guest's pages in Dom0 and release, until the guest may be told"
	print ""
	printf "%-8s %-18s %6s %12s %7s %8s %6s %6s %6s %8s %8s\n", "", "", "", "counted", "spread",
		"instr.", "pages", "of it", "first", "ratio to", "ratio to"
	printf "%-8s %-18s %6s %12s %7s %8s %6s %6s %6s %8s %8s\n", "platform", "variant", "pages",
		"ns", "%", "per page", "of RAM", "lists", "use", "contig.", "COHERENT"
	for (i = 1; i <= platforms; i++)
		for (j = 1; j <= sizes; j++)
			for (k = 1; k <= rows; k++) {
				at = platform[i] "/" size[j] "/"
				key = at row[k]
				if (!(key in total))
					continue
				printf "%-8s %-18s %6d %12d %7.2f %8.0f %6d %6d %6d %8s %8s\n",
					platform[i], name[row[k]], size[j], total[key], spread[key],
					total[key] / ns / size[j], ram[key], lists[key], first[key],
					ratio(ns_of(key), ns_of(at "ours/contiguous")),
					ratio(ns_of(key), ns_of(at "mainline/old-coherent"))
			}
	print ""
	print "pages of RAM: free pages that are gone while the dma-buf lives; of it lists: what the"
	print "kernel keeps to know what is mapped (slab, vmalloc), the rest was behind the frames;"
	print "first use: gone for good after the first time, such as struct pages."
	print "Mainline on pvh has the first patch of our series: without it every export fails there."
	print "On pvh the same boot can give figures that differ by up to 5 % next time: Xen walks page"
	print "tables to get at the arguments of a hypercall, and it matters where they happen to lie."
	print ""
	print "Aims"
	for (i = 1; i <= platforms; i++) {
		for (j = 1; j <= sizes; j++) {
			at = platform[i] "/" size[j] "/"
			got[j] = quotient(ns_of(at "ours/contiguous"), ns_of(at "ours/scattered"))
		}
		maximum = 1.05
		aim(platform[i], "contiguous <= 1.05 x scattered", "%.3f")
		for (j = 1; j <= sizes; j++) {
			at = platform[i] "/" size[j] "/"
			got[j] = quotient(ns_of(at "ours/contiguous"), ns_of(at "mainline/old-coherent"))
		}
		maximum = 0.55
		aim(platform[i], "contiguous <= 0.55 x mainline COHERENT", "%.3f")
		for (j = 1; j <= sizes; j++) {
			key = platform[i] "/" size[j] "/ours/contiguous"
			got[j] = key in ram ? ram[key] - lists[key] : "-"
		}
		maximum = 0
		aim(platform[i], "contiguous: pages of RAM behind frames = 0", "%d")
	}
}
